// What the categorizer has learnt from, how good it is, and from what confidence on it decides.
import { api } from '../../shared/api';
import type { Brand, Drift, Mistake, Model, ModelFull, SenseRule, Training, UrgentUse } from '../../shared/api_types';
import { failureText } from '../../shared/components/failure';
import { toasts } from '../../shared/components/toasts.svelte';
import { debounce } from '../../shared/debounce';
import { percent, t } from '../../shared/i18n/index.svelte';
import { connection } from '../../shared/live/connection.svelte';
import { session } from '../session.svelte';

const POLL = 2000;

export class TrainingPage {
	training: Training | null = $state.raw(null);
	models: Model[] = $state.raw([]);
	/** The model whose measures are shown: the one that decides unless another was opened. */
	model: ModelFull | null = $state.raw(null);
	rule: SenseRule | null = $state.raw(null);
	/** Whose rule it is: a brand's, or 0, that of brands without one of their own. */
	brand = $state(0);
	brands: Brand[] = $state.raw([]);
	drift: Drift[] = $state.raw([]);
	mistakes: Mistake[] = $state.raw([]);
	urgent: UrgentUse[] = $state.raw([]);
	/** So many tickets one customer may put first within 30 days; 0: any number. */
	urgentMost = $state(0);
	moreMistakes = $state(0);
	moreModels = $state(0);
	state: 'first' | 'ready' | 'failed' = $state('first');
	failure = $state('');
	busy = $state(false);

	private shown: number | null = null;
	private timer: ReturnType<typeof setTimeout> | undefined;
	private stopped = false;
	/** The newest model when training was begun here. */
	private begun: number | null = null;
	private readonly again = debounce(() => void this.load(), 500);

	active: Model | null = $derived(this.models.find((m) => m.active) ?? null);

	start(): () => void {
		void this.load();
		const stop = connection.listen((events, reset) => {
			if (reset || events.some((e) => e.type.startsWith('model.') || e.type === 'ticket.categorized' || e.type === 'decision.undone')) this.again();
		});
		return () => {
			this.stopped = true;
			stop();
			this.again.cancel();
			clearTimeout(this.timer);
		};
	}

	async load(): Promise<void> {
		try {
			const [training, models, rule, drift, mistakes, urgent, brands] = await Promise.all([
				api.training_get(),
				api.model_list(),
				this.ruleOf(this.brand),
				api.model_drift({ query: { days: 30 } }),
				api.model_mistakes({ query: { limit: 10 } }),
				api.urgent_use({ query: { days: 30 } }).catch(() => null), // the page is whole without it
				session.can('admin.brands') ? api.brand_list() : null,
			]);
			this.training = training;
			this.models = models.items;
			this.moreModels = models.next;
			this.rule = rule;
			this.drift = drift.items;
			this.urgent = urgent?.items ?? [];
			this.urgentMost = urgent?.most ?? 0;
			this.brands = brands?.items.filter((b) => b.active) ?? [];
			this.mistakes = mistakes.items;
			this.moreMistakes = mistakes.next;
			const want = this.models.find((m) => m.id === this.shown) ?? this.active ?? this.models[0];
			this.model = want ? await api.model_get({ id: want.id }) : null;
			this.state = 'ready';
			this.failure = '';
			if (training.running) this.wait();
		} catch (e) {
			this.failure = failureText(e);
			if (this.state === 'first') this.state = 'failed';
		}
	}
	/** The log tells when it is done; asking too helps when the log is behind. */
	private wait(): void {
		clearTimeout(this.timer);
		if (this.stopped) return;
		this.timer = setTimeout(async () => {
			const now = await api.training_get().catch(() => null);
			if (this.stopped) return;
			if (now) this.training = now;
			if (now && !now.running) void this.finished();
			else this.wait();
		}, POLL);
	}

	/** Says what came of it, when it was begun here. */
	private async finished(): Promise<void> {
		const before = this.begun;
		await this.load();
		const made = this.models[0];
		if (before === null || this.stopped) return;
		this.begun = null;
		if (made && made.id > before && this.training && !this.training.running)
			toasts.show(t(made.active ? 'train.finished' : 'train.finished.kept', { name: made.name, right: percent(made.accuracy / 1000) }));
	}

	async train(): Promise<void> {
		this.begun = this.models[0]?.id ?? 0;
		await this.attempt(async () => {
			this.training = await api.model_train({ body: {} });
			this.wait();
		});
	}
	async show(id: number): Promise<void> {
		this.shown = id;
		await this.attempt(async () => {
			this.model = await api.model_get({ id });
		});
	}
	/** The former one can be had back at once. */
	async activate(m: Model): Promise<void> {
		const before = this.active;
		await this.attempt(async () => {
			await api.model_activate({ id: m.id });
			this.shown = null;
			await this.load();
			toasts.show(t('train.activated', { name: m.name }), before ? { label: t('action.undo'), run: () => void this.activate(before) } : undefined);
		});
	}
	private ruleOf(brand: number): Promise<SenseRule> {
		return brand ? api.sense_rule_get({ query: { brand_id: brand } }) : api.sense_rule_get();
	}
	async pickBrand(id: number): Promise<void> {
		await this.attempt(async () => {
			this.rule = await this.ruleOf(id);
			this.brand = id;
		});
	}
	async setRule(change: { threshold?: number; route?: boolean; auto_train?: boolean }): Promise<void> {
		await this.attempt(() => this.patchRule(change));
	}
	/** '' or why not. */
	async setPatterns(order_patterns: string): Promise<string> {
		this.busy = true;
		try {
			await this.patchRule({ order_patterns });
			return '';
		} catch (e) {
			return failureText(e);
		} finally {
			this.busy = false;
		}
	}
	private async patchRule(change: { threshold?: number; route?: boolean; auto_train?: boolean; order_patterns?: string }): Promise<void> {
		this.rule = await api.sense_rule_patch({ body: { ...change, ...(this.brand ? { brand_id: this.brand } : {}), ...(this.rule ? { version: this.rule.version } : {}) } });
		toasts.show(t('set.saved'));
	}
	async drop(source: string): Promise<void> {
		await this.attempt(async () => {
			this.training = await api.example_drop({ body: { source } });
		});
	}
	async mistakesOn(): Promise<void> {
		await this.attempt(async () => {
			const page = await api.model_mistakes({ query: { before: this.moreMistakes, limit: 20 } });
			this.mistakes = [...this.mistakes, ...page.items];
			this.moreMistakes = page.next;
		});
	}
	async modelsOn(): Promise<void> {
		await this.attempt(async () => {
			const page = await api.model_list({ query: { before: this.moreModels } });
			this.models = [...this.models, ...page.items];
			this.moreModels = page.next;
		});
	}
	private async attempt(deed: () => Promise<void>): Promise<boolean> {
		this.busy = true;
		try {
			await deed();
			return true;
		} catch (e) {
			toasts.show(failureText(e), undefined, { bad: true });
			return false;
		} finally {
			this.busy = false;
		}
	}
}
