// The search page: what was asked, what was found, more of it.
import type { Contact, SearchArticle, SearchHit } from '../../shared/api_types';
import { failureText } from '../../shared/components/failure';
import { number, t } from '../../shared/i18n/index.svelte';
import { CHARS_MAX, findHits, isTooLong, type Order } from './find';

/** At first; all that the server gives on demand. */
const ARTICLES = 4;
const ARTICLES_ALL = 50;

export class SearchState {
	hits: SearchHit[] = $state.raw([]);
	contacts: Contact[] = $state.raw([]);
	articles: SearchArticle[] = $state.raw([]);
	moreArticles = $state(false);
	next: string | null = $state(null);
	state: 'idle' | 'busy' | 'ready' | 'failed' = $state('idle');
	failure = $state('');
	suggestion: string | null = $state(null);
	corrected = $state(false);
	noWords = $state(false);
	behind = $state(0);
	unindexed = $state(0);
	onlyWithout = $state(false);
	/** What was written like a field and is none, and the field that is near to it. */
	unknown: string | null = $state(null);
	meant: string | null = $state(null);
	leftOut = $state(0);
	order: Order = $state('newest');
	private abort: AbortController | null = null;
	private asked = '';
	private most = ARTICLES; // articles

	async find(q: string): Promise<void> {
		this.abort?.abort();
		if (q !== this.asked) this.most = ARTICLES;
		this.asked = q;
		if (!q.trim()) {
			this.hits = [];
			this.contacts = [];
			this.articles = [];
			this.next = null;
			this.suggestion = null;
			this.state = 'idle';
			return;
		}
		if (isTooLong(q)) this.fail(t('search.toolong', { n: number(CHARS_MAX) }));
		else await this.fetch(null);
	}
	async more(): Promise<void> {
		if (this.next && this.state === 'ready') await this.fetch(this.next);
	}
	async allArticles(): Promise<void> {
		this.most = ARTICLES_ALL;
		await this.find(this.asked);
	}
	async sort(order: Order): Promise<void> {
		this.order = order;
		await this.find(this.asked);
	}
	private async fetch(cursor: string | null): Promise<void> {
		const abort = (this.abort = new AbortController());
		this.state = 'busy';
		try {
			const r = await findHits(this.asked, this.order, cursor, this.most, abort.signal);
			const seen = new Set(cursor ? this.hits.map((h) => h.ticket.id) : []);
			this.hits = cursor ? [...this.hits, ...r.items.filter((h) => !seen.has(h.ticket.id))] : r.items;
			this.next = r.next;
			if (!cursor) {
				this.contacts = r.contacts;
				this.articles = r.articles;
				this.moreArticles = r.more_articles && this.most < ARTICLES_ALL;
				this.suggestion = r.suggestion;
				this.corrected = r.corrected;
				this.noWords = r.no_words;
				this.onlyWithout = r.only_without;
				this.unknown = r.unknown_field;
				this.meant = r.meant_field;
				this.leftOut = r.left_out;
			}
			this.behind = r.behind;
			this.unindexed = r.unindexed;
			this.state = 'ready';
		} catch (e) {
			if (!abort.signal.aborted) this.fail(failureText(e));
		}
	}
	private fail(why: string): void {
		this.failure = why;
		this.hits = [];
		this.contacts = [];
		this.articles = [];
		this.next = null;
		this.suggestion = null;
		this.state = 'failed';
	}
}
