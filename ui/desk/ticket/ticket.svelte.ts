// One ticket on the screen: what is loaded of it, what happens to it, what is done to it.
import { api, ApiError } from '../../shared/api';
import type { Event, Message, Ticket, TicketPatch, TicketRow } from '../../shared/api_types';
import { failureText } from '../../shared/components/failure';
import { announcer, toasts } from '../../shared/components/toasts.svelte';
import { debounce } from '../../shared/debounce';
import { t } from '../../shared/i18n/index.svelte';
import { connection } from '../../shared/live/connection.svelte';
import { directory } from '../directory.svelte';
import { inbox } from '../inbox/inbox.svelte';
import { session } from '../session.svelte';
import { Understanding } from '../understand/understanding.svelte';
import { Composer } from './composer.svelte';
import { sentenceOf, type Names } from './events';
import { happenings, timeline } from './timeline';

const PAGE = 50;

export const eventNames: Names = {
	account: (id) => (id === session.me?.id ? session.me.name : directory.colleague(id)?.name),
	line: (id) => directory.line(id)?.name,
	category: (id) => directory.category(id)?.name,
	word: t,
};

export class TicketState {
	ticket: Ticket | null = $state.raw(null);
	messages: Message[] = $state.raw([]);
	events: Event[] = $state.raw([]);
	others: TicketRow[] = $state.raw([]);
	state: 'first' | 'ready' | 'failed' | 'gone' = $state('first');
	failure = $state('');
	older: string | null = $state(null);
	loadingOlder = $state(false);
	/** Only one side thread is shown. */
	onlyThread: number | null = $state(null);
	/** Messages are being chosen, and what for. */
	choosing: 'split' | 'forward' | null = $state(null);
	chosen: Set<number> = $state.raw(new Set());
	dialog: 'merge' | 'split' | 'reason' | 'rename' | 'hold' | null = $state(null);
	/** Came while the ticket was on the screen: they fade in. */
	fresh: Set<number> = $state.raw(new Set());
	/** What it is offered to be merged into. */
	mergeWith: TicketRow | null = $state.raw(null);
	readonly composer: Composer;
	readonly sense: Understanding;

	private readTo: number | null = $state(null);
	private turn = 0;
	private latest: Promise<void> = Promise.resolve();
	private readonly again = debounce(() => void this.refresh(), 150);

	items = $derived(
		timeline(
			this.onlyThread === null ? this.messages : this.messages.filter((m) => m.thread_id === this.onlyThread),
			this.onlyThread === null ? happenings(this.events, (e) => (this.isPartner(e) ? null : sentenceOf(e, this.id, eventNames))) : [],
			this.readTo ?? 0,
			session.me?.id ?? 0,
			this.older === null,
		),
	);
	newest = $derived(this.messages.reduce((n, m) => Math.max(n, m.id), 0));

	constructor(readonly id: number) {
		this.composer = new Composer(this);
		this.sense = new Understanding(this);
	}

	start(): () => void {
		void this.refresh();
		const stop = connection.listen((events, reset) => {
			if (reset || events.some((e) => e.ticket_id === this.id || (e.type.startsWith('merge') && this.concerns(e)))) this.again();
		});
		const seen = () => this.markRead();
		document.addEventListener('visibilitychange', seen);
		return () => {
			stop();
			this.again.cancel();
			this.composer.stop();
			this.sense.stop();
			document.removeEventListener('visibilitychange', seen);
		};
	}
	/** Whom a side thread asks is told by the thread itself. */
	private isPartner(e: Event): boolean {
		if (e.type !== 'participant.changed') return false;
		const id = Number((e.data as Record<string, unknown>).participant_id);
		return this.ticket?.threads.some((t) => t.participants.some((p) => p.id === id)) ?? false;
	}
	private concerns(e: Event): boolean {
		const d = e.data as Record<string, unknown>;
		return Number(d.from_id) === this.id || Number(d.into_id) === this.id;
	}

	/** Resolves when what is shown is as new as this call, also when a later one overtakes it. */
	refresh(): Promise<void> {
		return (this.latest = this.load(++this.turn));
	}
	private async load(turn: number): Promise<void> {
		try {
			const lastEvent = this.events.at(-1)?.id ?? 0;
			const [ticket, page, events] = await Promise.all([
				api.ticket_get({ id: this.id }),
				api.message_list({ id: this.id, query: { limit: PAGE } }),
				api.ticket_events({ id: this.id, query: { after: lastEvent, limit: 500 } }),
			]);
			if (turn !== this.turn) return this.latest;
			const first = this.state === 'first';
			this.readTo ??= ticket.read_message_id;
			this.ticket = ticket;
			this.takeNewest(page.items, page.next, first);
			const known = new Set(this.events.map((e) => e.id));
			this.events = [...this.events, ...events.items.filter((e) => !known.has(e.id))];
			this.state = 'ready';
			this.failure = '';
			this.markRead();
			void this.sense.load(this.newest);
			if (first && session.can('ticket.read')) void this.loadOthers();
		} catch (e) {
			if (turn !== this.turn) return this.latest;
			if (e instanceof ApiError && e.status === 404) this.state = 'gone';
			else {
				this.failure = failureText(e);
				if (this.state === 'first') this.state = 'failed';
			}
		}
	}

	private takeNewest(items: Message[], next: string | null, first: boolean): void {
		const page = new Set(items.map((m) => m.id));
		const from = items[0] ? Date.parse(items[0].created_at) : 0;
		// Older pages stay; what the newest page should hold but does not has left the ticket.
		const kept = next === null ? [] : this.messages.filter((m) => !page.has(m.id) && Date.parse(m.created_at) < from);
		const before = new Set(this.messages.map((m) => m.id));
		if (first || !kept.length) this.older = next;
		this.messages = [...kept, ...items];
		if (first) return;
		const arrived = items.filter((m) => !before.has(m.id) && m.account_id !== session.me?.id);
		if (!arrived.length) return;
		this.fresh = new Set([...this.fresh, ...arrived.map((m) => m.id)]);
		for (const m of arrived) announcer.say(t(m.kind === 'note' ? 'say.note' : 'say.message', { who: m.author || m.author_address }));
	}

	async loadOlder(): Promise<void> {
		if (!this.older || this.loadingOlder) return;
		this.loadingOlder = true;
		try {
			const page = await api.message_list({ id: this.id, query: { cursor: this.older, limit: PAGE } });
			const known = new Set(this.messages.map((m) => m.id));
			this.messages = [...page.items.filter((m) => !known.has(m.id)), ...this.messages];
			this.older = page.next;
		} catch (e) {
			toasts.show(failureText(e), undefined, { bad: true });
		} finally {
			this.loadingOlder = false;
		}
	}

	private async loadOthers(): Promise<void> {
		if (!this.ticket) return;
		try {
			const page = await api.ticket_list({ query: { view: 'all', contact_id: this.ticket.contact.id, limit: 6 } });
			this.others = page.items.filter((r) => r.id !== this.id);
		} catch {
			this.others = [];
		}
	}

	private markRead(): void {
		const last = this.newest;
		if (!this.ticket || document.visibilityState !== 'visible' || last <= this.ticket.read_message_id) return;
		this.ticket = { ...this.ticket, read_message_id: last };
		inbox.markRead(this.id);
		api.ticket_read_mark({ id: this.id, body: { message_id: last } }).catch(() => {});
	}

	/** The hand sees it at once; the server's word replaces it. */
	async patch(change: TicketPatch, seen: Partial<Ticket> = {}): Promise<boolean> {
		const before = this.ticket;
		if (!before) return false;
		this.ticket = { ...before, ...seen };
		try {
			this.ticket = await api.ticket_patch({ id: this.id, body: change });
			return true;
		} catch (e) {
			this.ticket = before;
			toasts.show(failureText(e), undefined, { bad: true });
			if (e instanceof ApiError && e.status === 409) await this.refresh();
			return false;
		}
	}

	assign(id: number): void {
		const who = id === 0 ? null : { id, name: eventNames.account(id) ?? '' };
		void this.patch({ assignee_id: id }, { assignee: who });
	}
	setLine(id: number): void {
		const line = directory.line(id);
		if (line) void this.patch({ line_id: id }, { line: { id, name: line.name } });
	}
	/** Spam, or none after all: then it has its former status again. */
	async setSpam(spam: boolean): Promise<void> {
		try {
			this.ticket = await api.ticket_spam({ id: this.id, body: { spam } });
			toasts.show(t('ticket.nowis', { status: t(`status.${this.ticket.status}`) }), { label: t('action.undo'), run: () => void this.setSpam(!spam) });
		} catch (e) {
			toasts.show(failureText(e), undefined, { bad: true });
		}
	}
	async setStatus(status: Ticket['status']): Promise<void> {
		const before = this.ticket?.status;
		if (!before || before === status) return;
		// Nobody is ignored: over without an answer needs a reason, which stays as a note.
		if ((status === 'solved' || status === 'closed') && this.ticket?.waiting_since && session.can('ticket.note')) {
			this.closeAs = status;
			this.dialog = 'reason';
			return;
		}
		if (await this.patch({ status }, { status }))
			toasts.show(t('ticket.nowis', { status: t(`status.${status}`) }), { label: t('action.undo'), run: () => void this.patch({ status: before }, { status: before }) });
	}
	closeAs: 'solved' | 'closed' = 'solved';

	async closeWithReason(reason: string): Promise<void> {
		await api.message_create({ id: this.id, body: { kind: 'note', text: reason, status: this.closeAs } });
		this.dialog = null;
		toasts.show(t('ticket.nowis', { status: t(`status.${this.closeAs}`) }));
		await this.refresh();
	}

	setTags(names: string[]): void {
		const tags = names.map((name) => directory.tags.find((x) => x.name === name) ?? { id: -1, name });
		void this.patch({ tags: names }, { tags });
	}
	async setField(key: string, value: string): Promise<void> {
		await this.patch({ fields: [{ key, value }] });
	}

	offerMerge(into: TicketRow): void {
		this.mergeWith = into;
		this.dialog = 'merge';
	}
	async undoMerge(id: number): Promise<void> {
		try {
			await api.merge_undo({ id });
			toasts.show(t('merge.undone'));
			await this.refresh();
		} catch (e) {
			toasts.show(failureText(e), undefined, { bad: true });
		}
	}
	async mergeInto(into: number): Promise<number> {
		const m = await api.ticket_merge({ id: this.id, body: { into_id: into } });
		this.dialog = null;
		toasts.show(t('merge.done', { n: String(into) }), { label: t('action.undo'), run: () => void this.undoMerge(m.id) });
		return m.into_id;
	}
	async split(subject: string): Promise<number> {
		const m = await api.ticket_split({ id: this.id, body: { message_ids: [...this.chosen], subject } });
		this.stopChoosing();
		this.dialog = null;
		toasts.show(t('split.done', { n: String(m.into_id) }), { label: t('action.undo'), run: () => void this.undoMerge(m.id) });
		await this.refresh();
		return m.into_id;
	}

	choose(what: 'split' | 'forward'): void {
		this.choosing = what;
		this.chosen = new Set(what === 'forward' ? this.composer.forward : []);
	}
	stopChoosing(): void {
		this.choosing = null;
		this.chosen = new Set();
	}
	toggleChosen(id: number): void {
		const s = new Set(this.chosen);
		if (!s.delete(id)) s.add(id);
		this.chosen = s;
	}

	async removeParticipant(id: number): Promise<void> {
		await this.attempt(() => api.participant_remove({ id }));
	}
	async addParticipant(address: string): Promise<void> {
		await this.attempt(() => api.participant_add({ id: this.id, body: { address, role: 'cc' } }));
	}
	async retry(messageId: number): Promise<void> {
		await this.attempt(() => api.message_retry({ id: messageId }));
	}
	async cancel(m: Message): Promise<void> {
		await this.attempt(async () => {
			await api.message_cancel({ id: m.id });
			this.composer.takeBack(m);
			toasts.show(t('undo.back'));
		});
	}
	private async attempt(fn: () => Promise<unknown>): Promise<void> {
		try {
			await fn();
			await this.refresh();
		} catch (e) {
			toasts.show(failureText(e), undefined, { bad: true });
		}
	}
}
