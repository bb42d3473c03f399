import type { ConnectionSettings } from '../../shared/wire';
import { addressFlaw } from './trouble';

/** Where a connection leads and what it may do there, while somebody writes it. */
export class Reach {
  url = $state('');
  folder = $state<string | null>(null);
  limit = $state('');
  certificateAuthority = $state<string | null>(null);

  constructor(settings?: ConnectionSettings) {
    if (settings === undefined) return;
    this.url = settings.url;
    this.folder = settings.folder;
    this.limit = settings.limit?.toString() ?? '';
    this.certificateAuthority = settings.certificateAuthority;
  }

  get urlFlaw(): 'none' | 'plain' | null {
    return addressFlaw(this.url);
  }

  get limitIsWrong(): boolean {
    const limit = this.limit.trim();
    return limit !== '' && !(/^\d+$/.test(limit) && Number(limit) >= 1 && Number(limit) <= 100);
  }

  get isSound(): boolean {
    return this.urlFlaw !== 'none' && !this.limitIsWrong;
  }

  get settings(): ConnectionSettings {
    const limit = this.limit.trim();
    return { url: this.url.trim(), folder: this.folder, limit: limit === '' ? null : Number(limit), certificateAuthority: this.certificateAuthority };
  }
}
