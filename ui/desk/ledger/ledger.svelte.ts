// The ledger: everything that came in and what became of it.
import { api } from '../../shared/api';
import type { Intake, IntakeState } from '../../shared/api_types';
import { failureText } from '../../shared/components/failure';
import { toasts } from '../../shared/components/toasts.svelte';
import { debounce } from '../../shared/debounce';
import { t } from '../../shared/i18n/index.svelte';
import { connection } from '../../shared/live/connection.svelte';
import { session } from '../session.svelte';

function dayAfter(day: string): Date {
	const d = new Date(`${day}T00:00`);
	d.setDate(d.getDate() + 1);
	return d;
}

/** Why something may wait, for the filter. */
export const reasons = ['spam', 'virus', 'unchecked', 'loop', 'rate', 'no_from', 'unknown_bounce', 'no_inbox', 'too_large', 'too_deep', 'too_many_parts', 'header_too_large', 'unreadable'] as const;

export type LedgerFilter = IntakeState | 'all';

export class Ledger {
	filter: LedgerFilter = $state('quarantined');
	q = $state('');
	/** '' = anybody's, 'mine', 'nobody' */
	owner: '' | 'mine' | 'nobody' = $state('');
	reason = $state('');
	inbox = $state('');
	sender = $state('');
	since = $state('');
	until = $state('');
	items: Intake[] = $state.raw([]);
	next: string | null = $state(null);
	state: 'first' | 'ready' | 'failed' = $state('first');
	failure = $state('');
	selected: Set<number> = $state.raw(new Set());
	busy = $state(false);
	private turn = 0;
	private readonly again = debounce(() => void this.load(), 300);

	start(): () => void {
		const stop = connection.listen((events, reset) => {
			if (reset || events.some((e) => e.type.startsWith('intake.'))) this.again();
		});
		return () => {
			stop();
			this.again.cancel();
		};
	}
	show(filter: LedgerFilter): void {
		this.filter = filter;
		this.items = [];
		this.selected = new Set();
		this.state = 'first';
		void this.load();
	}
	search(q: string): void {
		this.q = q;
		this.again();
	}

	narrow(): void {
		this.again();
	}
	/** What the list and the export ask for. */
	query(): Record<string, string | number> {
		const end = this.until ? dayAfter(this.until) : null;
		return {
			...(this.filter === 'all' ? {} : { state: this.filter }),
			...(this.q.trim() ? { q: this.q.trim() } : {}),
			...(this.owner ? { owner_id: this.owner === 'mine' ? (session.me?.id ?? 0) : 0 } : {}),
			...(this.reason ? { reason: this.reason } : {}),
			...(this.inbox ? { inbox_id: Number(this.inbox) } : {}),
			...(this.sender.trim() ? { sender: this.sender.trim() } : {}),
			...(this.since ? { since: new Date(`${this.since}T00:00`).toISOString() } : {}),
			...(end ? { until: end.toISOString() } : {}),
		};
	}

	async load(cursor: string | null = null): Promise<void> {
		const turn = ++this.turn;
		try {
			const page = await api.intake_list({
				query: { ...this.query(), ...(cursor ? { cursor } : {}), limit: 50 },
			});
			if (turn !== this.turn) return;
			this.items = cursor ? [...this.items, ...page.items] : page.items;
			this.next = page.next;
			this.state = 'ready';
			const there = new Set(this.items.map((i) => i.id));
			this.selected = new Set([...this.selected].filter((id) => there.has(id)));
		} catch (e) {
			if (turn !== this.turn) return;
			this.failure = failureText(e);
			this.state = 'failed';
		}
	}

	toggle(id: number): void {
		const s = new Set(this.selected);
		if (!s.delete(id)) s.add(id);
		this.selected = s;
	}
	toggleAll(): void {
		this.selected = this.selected.size ? new Set() : new Set(this.items.filter((i) => i.state === 'quarantined').map((i) => i.id));
	}

	async own(i: Intake, owner_id: number): Promise<void> {
		try {
			const now = await api.intake_own({ id: i.id, body: { owner_id } });
			this.items = this.items.map((x) => (x.id === now.id ? now : x));
		} catch (e) {
			toasts.show(failureText(e), undefined, { bad: true });
			await this.load();
		}
	}
	async release(ids: number[]): Promise<void> {
		await this.each(ids, (id) => api.intake_release({ id, body: {} }), 'ledger.released');
	}
	async reject(ids: number[], note: string): Promise<void> {
		await this.each(ids, (id) => api.intake_reject({ id, body: { note } }), 'ledger.refused');
	}
	private async each(ids: number[], deed: (id: number) => Promise<unknown>, done: 'ledger.released' | 'ledger.refused'): Promise<void> {
		this.busy = true;
		let n = 0;
		try {
			for (const id of ids) {
				await deed(id);
				n++;
			}
			toasts.show(t(done, { n }));
		} catch (e) {
			toasts.show(failureText(e), undefined, { bad: true });
		} finally {
			this.busy = false;
			this.selected = new Set();
			await this.load();
		}
	}
}
