// The tree of categories as lists: what is below what, and in which order. Pure.
import type { Candidate, Category, CategoryRef } from '../../shared/api_types';
import type { Option } from '../../shared/components/Pick.svelte';

export interface Branch {
	category: Category;
	children: Category[];
}

/** Two levels in the order of their places; `active`: without what is put away. */
export function branches(items: readonly Category[], active: boolean): Branch[] {
	const seen = active ? items.filter((c) => c.active) : items;
	const ids = new Set(seen.map((c) => c.id));
	const sorted = [...seen].sort((a, b) => a.position - b.position || a.id - b.id);
	// A child whose parent is put away stands on the first level rather than nowhere.
	const top = sorted.filter((c) => c.parent_id === null || !ids.has(c.parent_id));
	return top.map((category) => ({ category, children: sorted.filter((c) => c.parent_id === category.id) }));
}

/** "Delivery › Delay": found by either word. */
export const pathOf = (c: Pick<CategoryRef, 'name' | 'parent'>): string => (c.parent ? `${c.parent} › ${c.name}` : c.name);

/** The best guesses first, then the whole tree of a brand. */
export function categoryOptions(
	items: readonly Category[],
	brand: number | null,
	guesses: readonly Candidate[],
	percent: (n: number) => string,
): Option[] {
	const own = items.filter((c) => c.brand_id === null || brand === null || c.brand_id === brand);
	const first: Option[] = guesses.slice(0, 3).map((g) => ({
		value: String(g.category.id),
		label: pathOf(g.category),
		hint: g.confidence > 0 ? percent(g.confidence) : undefined,
	}));
	const guessed = new Set(first.map((o) => o.value));
	const rest = branches(own, true).flatMap((b) => [
		{ value: String(b.category.id), label: b.category.name },
		...b.children.map((c) => ({ value: String(c.id), label: c.name, depth: 1, find: `${b.category.name} ${c.name}` })),
	]);
	// A parent that is a guess stays as the heading of its children.
	const parents = new Set(own.map((c) => String(c.parent_id)));
	return [...first, ...rest.filter((o) => !guessed.has(o.value) || parents.has(o.value)).map((o) => (guessed.has(o.value) ? { ...o, value: `=${o.value}` } : o))];
}

/** Which category an option means. */
export const optionId = (value: string): number => Number(value.replace(/^=/, ''));
