/** What a word or line stands for; drawn by tone and always by a mark besides. */
export type Tone = 'good' | 'warn' | 'bad' | 'note' | 'plain';
