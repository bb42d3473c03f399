/** How far an export is, for drawing. */
export interface Journey {
  /** The server's part from 0 to 1; none for a plain download. */
  server: number | 'unknown' | 'none';
  /** The download's part from 0 to 1; null before it and where the size is not known. */
  download: number | null;
  /** Nobody can tell how far it is: no number is told. */
  unknown: boolean;
  /** Going on, paused by a person, held up by something, or failed. */
  form: 'moving' | 'paused' | 'held' | 'failed';
}
