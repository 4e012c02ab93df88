// The numbers of the training page: what a threshold does, who is taken for whom. Pure.
import type { CategoryMeasure, CategoryRef, Confusion, CurvePoint } from '../../shared/api_types';

/** What a threshold does: the first point that is at least as strict; the strictest when none is. */
export function pointAt(curve: readonly CurvePoint[], threshold: number): CurvePoint | null {
	return curve.find((p) => p.threshold >= threshold) ?? curve.at(-1) ?? null;
}

/** A threshold as it was typed: a whole number of percent, 0 to 100; null: it is none. */
export function thresholdOf(typed: string): number | null {
	const text = typed.trim();
	return /^\d{1,3}$/.test(text) && Number(text) <= 100 ? Number(text) : null;
}

/** The point whose coverage (per mille) is nearest. */
export function nearest(curve: readonly CurvePoint[], coverage: number): CurvePoint | null {
	let best: CurvePoint | null = null;
	for (const p of curve) if (!best || Math.abs(p.coverage - coverage) < Math.abs(best.coverage - coverage)) best = p;
	return best;
}

/** Of a hundred tickets: decided right, decided wrong, left to people. They add up to a hundred. */
export function ofHundred(p: CurvePoint): { right: number; wrong: number; people: number } {
	const decided = Math.round(p.coverage / 10);
	const right = Math.round((decided * p.accuracy) / 1000);
	return { right, wrong: decided - right, people: 100 - decided };
}

/** The floor of the chart: a round ten below the worst point. */
export function floorOf(curve: readonly CurvePoint[]): number {
	const worst = Math.min(950, ...curve.filter((p) => p.coverage > 0).map((p) => p.accuracy));
	return Math.max(0, Math.floor((worst - 1) / 100) * 10);
}

export interface Matrix {
	categories: CategoryRef[];
	/** [truth][guess]; the diagonal is what was right. */
	cells: number[][];
	/** Of each row: found, in per mille; -1: none was held out. */
	found: number[];
	/** Categories that are left out for want of room. */
	left: number;
}

/** The categories that are confused most, at most `most` of them. */
export function matrix(measures: readonly CategoryMeasure[], confusions: readonly Confusion[], most: number): Matrix {
	const wrong = new Map<number, number>();
	for (const c of confusions) {
		if (c.truth.id === c.guess.id) continue;
		for (const id of [c.truth.id, c.guess.id]) wrong.set(id, (wrong.get(id) ?? 0) + c.count);
	}
	const held = measures.filter((m) => m.held_out > 0 || wrong.has(m.category.id));
	const kept = [...held].sort((a, b) => (wrong.get(b.category.id) ?? 0) - (wrong.get(a.category.id) ?? 0) || b.held_out - a.held_out).slice(0, most);
	const shown = measures.filter((m) => kept.includes(m));
	const at = new Map(shown.map((m, i) => [m.category.id, i]));
	const cells = shown.map((m, i) => shown.map((_, k) => (i === k && m.recall >= 0 ? Math.round((m.recall * m.held_out) / 1000) : 0)));
	for (const c of confusions) {
		const i = at.get(c.truth.id);
		const k = at.get(c.guess.id);
		if (i !== undefined && k !== undefined && i !== k) cells[i]![k] = c.count;
	}
	return { categories: shown.map((m) => m.category), cells, found: shown.map((m) => m.recall), left: held.length - shown.length };
}
