// The search page: words, what was found, more of it.
import type { SearchHit } from '../../shared/api_types';
import { failureText } from '../../shared/components/failure';
import { findHits } from './find';

export class SearchState {
	hits: SearchHit[] = $state.raw([]);
	next: string | null = $state(null);
	state: 'idle' | 'busy' | 'ready' | 'failed' = $state('idle');
	failure = $state('');
	private abort: AbortController | null = null;
	private words = '';

	async find(words: string): Promise<void> {
		this.abort?.abort();
		this.words = words.trim();
		if (!this.words) {
			this.hits = [];
			this.next = null;
			this.state = 'idle';
			return;
		}
		await this.fetch(null);
	}
	async more(): Promise<void> {
		if (this.next && this.state === 'ready') await this.fetch(this.next);
	}
	private async fetch(cursor: string | null): Promise<void> {
		const abort = (this.abort = new AbortController());
		this.state = 'busy';
		try {
			const r = await findHits(this.words, cursor, abort.signal);
			this.hits = cursor ? [...this.hits, ...r.items] : r.items;
			this.next = r.next;
			this.state = 'ready';
		} catch (e) {
			if (abort.signal.aborted) return;
			this.failure = failureText(e);
			this.state = 'failed';
		}
	}
}
