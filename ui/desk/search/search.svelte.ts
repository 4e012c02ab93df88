// The search page: what was asked, what was found, more of it.
import type { Contact, SearchHit } from '../../shared/api_types';
import { failureText } from '../../shared/components/failure';
import { findHits, type Order } from './find';

export class SearchState {
	hits: SearchHit[] = $state.raw([]);
	contacts: Contact[] = $state.raw([]);
	next: string | null = $state(null);
	state: 'idle' | 'busy' | 'ready' | 'failed' = $state('idle');
	failure = $state('');
	suggestion: string | null = $state(null);
	corrected = $state(false);
	noWords = $state(false);
	behind = $state(0);
	unindexed = $state(0);
	leftOut = $state(0);
	order: Order = $state('newest');
	private abort: AbortController | null = null;
	private asked = '';

	async find(q: string): Promise<void> {
		this.abort?.abort();
		this.asked = q;
		if (!q.trim()) {
			this.hits = [];
			this.contacts = [];
			this.next = null;
			this.suggestion = null;
			this.state = 'idle';
			return;
		}
		await this.fetch(null);
	}
	async more(): Promise<void> {
		if (this.next && this.state === 'ready') await this.fetch(this.next);
	}
	async sort(order: Order): Promise<void> {
		this.order = order;
		await this.find(this.asked);
	}
	private async fetch(cursor: string | null): Promise<void> {
		const abort = (this.abort = new AbortController());
		this.state = 'busy';
		try {
			const r = await findHits(this.asked, this.order, cursor, abort.signal);
			const seen = new Set(cursor ? this.hits.map((h) => h.ticket.id) : []);
			this.hits = cursor ? [...this.hits, ...r.items.filter((h) => !seen.has(h.ticket.id))] : r.items;
			this.next = r.next;
			if (!cursor) {
				this.contacts = r.contacts;
				this.suggestion = r.suggestion;
				this.corrected = r.corrected;
				this.noWords = r.no_words;
				this.leftOut = r.left_out;
			}
			this.behind = r.behind;
			this.unindexed = r.unindexed;
			this.state = 'ready';
		} catch (e) {
			if (abort.signal.aborted) return;
			this.failure = failureText(e);
			this.hits = [];
			this.contacts = [];
			this.next = null;
			this.suggestion = null;
			this.state = 'failed';
		}
	}
}
