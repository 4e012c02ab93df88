// What the service understood of one ticket, and what it suggests for it.
import { api } from '../../shared/api';
import type { Decision, FactKind, Suggestions, TicketSense } from '../../shared/api_types';
import { failureText } from '../../shared/components/failure';
import { toasts } from '../../shared/components/toasts.svelte';
import { debounce } from '../../shared/debounce';
import { t } from '../../shared/i18n/index.svelte';
import { pathOf } from './tree';

interface Owner {
	readonly id: number;
	refresh(): Promise<void>;
}

/** Says how urgent the ticket is, and nothing of what it is about. */
export const onlyUrgent = (d: Decision): boolean => !d.by && d.model_id === null && d.priority !== null && d.line === null;

export class Understanding {
	now: TicketSense | null = $state.raw(null);
	failure = $state('');
	suggestions: Suggestions | null = $state.raw(null);
	/** Why there are no suggestions, or none for the words that were typed. */
	suggestFailure = $state('');
	q = $state('');
	finding = $state(false);
	busy = $state(false);

	private turn = 0;
	private abort: AbortController | null = null;
	private seen = -1;
	private readonly find = debounce(() => void this.suggest(), 250);

	/** The decision of the service about the category that stands, for its words. */
	automatic: Decision | null = $derived(this.now?.decisions.find((d) => !d.by && !d.undone_at && !onlyUrgent(d)) ?? null);
	undoable: Decision | null = $derived(this.now?.decisions.find((d) => d.undoable && !onlyUrgent(d)) ?? null);
	/** The ticket was put first because the customer said so: that can be undone by itself. */
	lifted: Decision | null = $derived(this.now?.decisions.find((d) => d.undoable && onlyUrgent(d)) ?? null);

	constructor(private readonly owner: Owner) {}

	/** `newest`: the last message; suggestions are asked for again when there is a newer one. */
	async load(newest = this.seen): Promise<void> {
		const turn = ++this.turn;
		if (newest !== this.seen) {
			this.seen = newest;
			if (!this.q.trim()) void this.suggest();
		}
		try {
			const sense = await api.ticket_sense({ id: this.owner.id });
			if (turn !== this.turn) return;
			this.now = sense;
			this.failure = '';
		} catch (e) {
			if (turn === this.turn) this.failure = failureText(e);
		}
	}
	stop(): void {
		this.find.cancel();
		this.abort?.abort();
	}

	search(q: string): void {
		this.q = q;
		this.find();
	}
	async suggest(): Promise<void> {
		this.abort?.abort();
		const abort = (this.abort = new AbortController());
		this.finding = true;
		const q = this.q.trim();
		try {
			this.suggestions = await api.ticket_suggestions({ id: this.owner.id, query: { limit: 4, ...(q ? { q } : {}) }, signal: abort.signal });
			this.suggestFailure = '';
		} catch (e) {
			if (!abort.signal.aborted) this.suggestFailure = failureText(e);
		} finally {
			if (this.abort === abort) this.finding = false;
		}
	}

	/** Sets, or confirms, what the ticket is about; the way back is in the toast. */
	async categorize(id: number): Promise<void> {
		await this.attempt(async () => {
			await api.ticket_categorize({ id: this.owner.id, body: { category_id: id } });
			await this.load();
			const made = this.undoable;
			toasts.show(
				this.now?.category ? t('sense.done', { name: pathOf(this.now.category) }) : t('sense.done.none'),
				made ? { label: t('action.undo'), run: () => void this.undo(made.id) } : undefined,
			);
		});
	}
	async undo(decision: number): Promise<void> {
		await this.attempt(async () => {
			await api.decision_undo({ id: decision });
			toasts.show(t('sense.undone'));
		});
	}
	async addFact(kind: FactKind, value: string): Promise<boolean> {
		return this.attempt(async () => {
			this.now = await api.fact_add({ id: this.owner.id, body: { kind, value } });
		});
	}
	/** A fact of a ticket is none; with a value: it is this one instead. */
	async removeFact(id: number): Promise<void> {
		await this.attempt(async () => {
			this.now = await api.fact_remove({ id });
		});
	}
	async correctFact(id: number, kind: FactKind, value: string): Promise<boolean> {
		return this.attempt(async () => {
			// The new one first: nothing is lost when it is refused.
			await api.fact_add({ id: this.owner.id, body: { kind, value } });
			this.now = await api.fact_remove({ id });
		});
	}
	private async attempt(deed: () => Promise<void>): Promise<boolean> {
		this.busy = true;
		try {
			await deed();
			void this.owner.refresh();
			return true;
		} catch (e) {
			toasts.show(failureText(e), undefined, { bad: true });
			return false;
		} finally {
			this.busy = false;
		}
	}
}
