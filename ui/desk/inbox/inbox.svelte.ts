// The list in the middle: what is loaded of it, what waits to be shown, what is selected.
import { api } from '../../shared/api';
import type { TicketPatch, TicketRow } from '../../shared/api_types';
import { announcer, toasts } from '../../shared/components/toasts.svelte';
import { failureText } from '../../shared/components/failure';
import { debounce } from '../../shared/debounce';
import { t } from '../../shared/i18n/index.svelte';
import { connection } from '../../shared/live/connection.svelte';
import { hold, phasesOf, sameOrder, type Sort, type Where } from './list';

const PAGE = 50;
const MOST = 400;

interface Loaded {
	rows: TicketRow[];
	/** Where to go on: the phase and its cursor; null at the end. */
	at: { phase: number; cursor: string | null } | null;
}

export class Inbox {
	where: Where = $state.raw({ view: 'mine', line: null });
	sort: Sort = $state('waiting');
	onlyWaiting = $state(false);
	brand: number | null = $state(null);

	rows: TicketRow[] = $state.raw([]);
	state: 'first' | 'ready' | 'failed' = $state('first');
	failure = $state('');
	more = $state(false);
	loadingMore = $state(false);
	/** Fresh rows that are not shown while the pointer is in the list. */
	extra = $state(0);
	selected: Set<number> = $state.raw(new Set());
	/** The row that J and K walk. */
	cursor: number | null = $state(null);

	private loaded: Loaded = { rows: [], at: null };
	private held: Loaded | null = null;
	private holding = false;
	private turn = 0;
	private readonly again = debounce(() => void this.refresh(), 250);

	start(): () => void {
		this.sort = localStorage.getItem('otklik.sort') === 'recent' ? 'recent' : 'waiting';
		const stop = connection.listen((events, reset) => {
			if (reset || events.some((e) => e.ticket_id !== null || e.type.startsWith('ticket.') || e.type.startsWith('merge')))
				this.again();
		});
		if (this.shown) void this.refresh(); // nobody listened while it was away
		return () => {
			stop();
			this.again.cancel();
		};
	}

	/** A list has been asked for already. */
	get shown(): boolean {
		return this.turn > 0;
	}
	show(where: Where): void {
		if (where.view === this.where.view && where.line === this.where.line && this.state !== 'failed' && this.turn) return;
		this.where = where;
		this.reset();
	}
	setSort(sort: Sort): void {
		this.sort = sort;
		localStorage.setItem('otklik.sort', sort);
		this.reset();
	}
	setFilter(f: { onlyWaiting?: boolean; brand?: number | null }): void {
		if (f.onlyWaiting !== undefined) this.onlyWaiting = f.onlyWaiting;
		if (f.brand !== undefined) this.brand = f.brand;
		this.reset();
	}

	private reset(): void {
		this.rows = [];
		this.loaded = { rows: [], at: null };
		this.held = null;
		this.extra = 0;
		this.selected = new Set();
		this.cursor = null;
		this.state = 'first';
		void this.refresh();
	}

	/** The same stretch of the list again. */
	async refresh(): Promise<void> {
		const turn = ++this.turn;
		let fresh: Loaded;
		try {
			fresh = await this.fetch({ phase: 0, cursor: null }, Math.min(MOST, Math.max(PAGE, this.loaded.rows.length)));
		} catch (e) {
			if (turn !== this.turn) return;
			this.failure = failureText(e);
			if (this.state === 'first') this.state = 'failed';
			return;
		}
		if (turn !== this.turn) return;
		this.failure = '';
		if (this.holding && this.rows.length && this.state === 'ready' && !sameOrder(this.rows, fresh.rows)) {
			const h = hold(this.rows, fresh.rows);
			this.rows = h.rows;
			this.held = fresh;
			this.extra = h.extra;
		} else {
			this.take(fresh);
		}
		this.state = 'ready';
	}

	async loadMore(): Promise<void> {
		const from = (this.held ?? this.loaded).at;
		if (!from || this.loadingMore || this.state !== 'ready') return;
		this.loadingMore = true;
		const turn = ++this.turn;
		try {
			const next = await this.fetch(from, PAGE);
			if (turn !== this.turn) return;
			const known = new Set(this.rows.map((r) => r.id));
			this.take({ rows: [...this.rows, ...next.rows.filter((r) => !known.has(r.id))], at: next.at });
		} catch (e) {
			toasts.show(failureText(e), undefined, { bad: true });
		} finally {
			this.loadingMore = false;
		}
	}

	/** The pointer came into the list or left it. */
	setHolding(on: boolean): void {
		this.holding = on;
		if (!on) this.showHeld();
	}
	showHeld(): void {
		if (this.held) this.take(this.held);
	}

	private take(l: Loaded): void {
		this.loaded = l;
		this.held = null;
		this.extra = 0;
		this.rows = l.rows;
		this.more = l.at !== null;
		const there = new Set(l.rows.map((r) => r.id));
		const kept = [...this.selected].filter((id) => there.has(id));
		if (kept.length !== this.selected.size) this.selected = new Set(kept);
	}

	private async fetch(from: { phase: number; cursor: string | null }, want: number): Promise<Loaded> {
		const phases = phasesOf(this.where, this.sort, this.onlyWaiting);
		const rows: TicketRow[] = [];
		let { phase, cursor } = from;
		const ask = (i: number, at: string | null, limit: number) =>
			api.ticket_list({
				query: {
					...phases[i]!,
					...(this.brand ? { brand_id: this.brand } : {}),
					...(at ? { cursor: at } : {}),
					limit: Math.min(200, limit),
				},
			});
		// Of what is urgent there is seldom more than fits: what comes after it is asked for with it.
		const second = phase === 0 && !cursor && phases[0]!.urgent ? ask(1, null, want) : null;
		second?.catch(() => {}); // told when it is waited for
		while (phase < phases.length && rows.length < want) {
			const ahead = phase === 1 && !cursor ? second : null;
			const page = await (ahead ?? ask(phase, cursor, want - rows.length));
			rows.push(...page.items);
			cursor = page.next;
			if (!cursor) phase++;
		}
		const seen = new Set<number>();
		return {
			rows: rows.filter((r) => !seen.has(r.id) && seen.add(r.id)),
			at: phase < phases.length ? { phase, cursor } : null,
		};
	}

	/** The row after (or before) this one. */
	neighbour(id: number | null, step: 1 | -1): TicketRow | undefined {
		const i = this.rows.findIndex((r) => r.id === id);
		return i < 0 ? this.rows[0] : this.rows[i + step];
	}
	markRead(id: number): void {
		const i = this.rows.findIndex((r) => r.id === id);
		if (i >= 0 && this.rows[i]!.unread) this.rows = this.rows.with(i, { ...this.rows[i]!, unread: false });
	}

	toggle(id: number): void {
		const s = new Set(this.selected);
		if (!s.delete(id)) s.add(id);
		this.selected = s;
	}
	clearSelection(): void {
		this.selected = new Set();
	}

	async bulk(change: TicketPatch): Promise<void> {
		await this.report(async (ids) => api.ticket_bulk({ body: { ids, change } }));
	}
	/** A patch holds the whole list of tags, so each ticket is changed by itself. */
	async bulkTag(tag: string): Promise<void> {
		await this.report(async (ids) => {
			const changed: number[] = [];
			const refused: { id: number; code: string; message: string }[] = [];
			for (const id of ids) {
				const row = this.rows.find((r) => r.id === id);
				if (!row) continue;
				const tags = [...new Set([...row.tags.map((x) => x.name), tag])];
				try {
					await api.ticket_patch({ id, body: { tags } });
					changed.push(id);
				} catch (e) {
					refused.push({ id, code: '', message: failureText(e) });
				}
			}
			return { changed, refused };
		});
	}
	private async report(
		deed: (ids: number[]) => Promise<{ changed: number[]; refused: { message: string; code: string }[] }>,
	): Promise<void> {
		try {
			const r = await deed([...this.selected]);
			const done = t('bulk.done', { n: r.changed.length });
			if (r.refused.length) {
				const why = r.refused[0]!.message || r.refused[0]!.code;
				toasts.show(`${done}. ${t('bulk.refused', { n: r.refused.length, why })}`, undefined, { bad: true });
			} else toasts.show(done);
			announcer.say(done);
			this.clearSelection();
			await this.refresh();
		} catch (e) {
			toasts.show(failureText(e), undefined, { bad: true });
		}
	}
}

export const inbox = new Inbox();
