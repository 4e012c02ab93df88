// The ledger: everything that came in and what became of it.
import { api } from '../../shared/api';
import type { Intake, IntakeState } from '../../shared/api_types';
import { failureText } from '../../shared/components/failure';
import { toasts } from '../../shared/components/toasts.svelte';
import { debounce } from '../../shared/debounce';
import { t } from '../../shared/i18n/index.svelte';
import { connection } from '../../shared/live/connection.svelte';

export type LedgerFilter = IntakeState | 'all';

export class Ledger {
	filter: LedgerFilter = $state('quarantined');
	q = $state('');
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

	async load(cursor: string | null = null): Promise<void> {
		const turn = ++this.turn;
		try {
			const page = await api.intake_list({
				query: {
					...(this.filter === 'all' ? {} : { state: this.filter }),
					...(this.q.trim() ? { q: this.q.trim() } : {}),
					...(cursor ? { cursor } : {}),
					limit: 50,
				},
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
