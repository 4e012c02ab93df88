// Tickets about which the service was not sure: what it thinks of each, and what a person says.
import { api } from '../../shared/api';
import type { TicketRow } from '../../shared/api_types';
import { failureText } from '../../shared/components/failure';
import { announcer, toasts } from '../../shared/components/toasts.svelte';
import { debounce } from '../../shared/debounce';
import { t } from '../../shared/i18n/index.svelte';
import { connection } from '../../shared/live/connection.svelte';
import { onlyUrgent } from './understanding.svelte';

const PAGE = 30;

export class Triage {
	rows: TicketRow[] = $state.raw([]);
	state: 'first' | 'ready' | 'failed' = $state('first');
	failure = $state('');
	total: number | null = $state(null);
	/** The row that J and K walk. */
	at = $state(0);
	/** Being decided, or decided a moment ago. */
	gone: Set<number> = $state.raw(new Set());

	private turn = 0;
	private readonly again = debounce(() => void this.load(), 800);

	shown = $derived(this.rows.filter((r) => !this.gone.has(r.id)));
	current: TicketRow | undefined = $derived(this.shown[Math.min(this.at, this.shown.length - 1)]);

	start(): () => void {
		void this.load();
		const stop = connection.listen((events, reset) => {
			if (reset || events.some((e) => e.ticket_id !== null)) this.again();
		});
		return () => {
			stop();
			this.again.cancel();
			this.turn++;
		};
	}

	async load(): Promise<void> {
		const turn = ++this.turn;
		try {
			const page = await api.ticket_list({ query: { view: 'triage', sort: 'recent', limit: PAGE, total: true } });
			if (turn !== this.turn) return;
			const kept = this.current?.id;
			this.rows = page.items;
			this.total = page.total ?? null;
			const there = new Set(page.items.map((r) => r.id));
			this.gone = new Set([...this.gone].filter((id) => there.has(id)));
			if (kept !== undefined) this.at = Math.max(0, this.shown.findIndex((r) => r.id === kept));
			this.state = 'ready';
			this.failure = '';
		} catch (e) {
			if (turn !== this.turn) return;
			this.failure = failureText(e);
			if (this.state === 'first') this.state = 'failed';
		}
	}

	walk(step: 1 | -1): void {
		this.at = Math.max(0, Math.min(this.shown.length - 1, Math.min(this.at, this.shown.length - 1) + step));
	}

	/** The row leaves at once; it comes back when the server refuses. */
	async decide(row: TicketRow, category: number, name: string): Promise<void> {
		if (this.gone.has(row.id)) return;
		this.gone = new Set([...this.gone, row.id]);
		try {
			await api.ticket_categorize({ id: row.id, body: { category_id: category } });
			const text = t('triage.done', { n: String(row.id), name });
			announcer.say(text);
			toasts.show(text, { label: t('action.undo'), run: () => void this.undo(row.id) });
			this.again();
		} catch (e) {
			this.back(row.id);
			toasts.show(failureText(e), undefined, { bad: true });
		}
	}
	private async undo(id: number): Promise<void> {
		try {
			const made = (await api.ticket_sense({ id })).decisions.find((d) => d.undoable && !onlyUrgent(d));
			if (made) await api.decision_undo({ id: made.id });
			this.back(id);
			await this.load();
		} catch (e) {
			toasts.show(failureText(e), undefined, { bad: true });
		}
	}
	private back(id: number): void {
		this.gone = new Set([...this.gone].filter((x) => x !== id));
	}
}
