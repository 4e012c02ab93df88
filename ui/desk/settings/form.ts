// A form over one thing of the installation: which fields it has, what was changed. Pure.

export type Value = string | number | boolean | number[] | string[];
export type Values = Record<string, Value>;

export interface Choice {
	value: string;
	label: string;
}
export interface Field {
	key: string;
	label: string;
	hint?: string;
	kind: 'text' | 'email' | 'number' | 'password' | 'long' | 'switch' | 'select' | 'many' | 'lines';
	choices?: Choice[];
	/** For "many": values are numbers (ids), otherwise words. */
	ids?: boolean;
	required?: boolean;
	max?: number;
	min?: number;
	/** Only when a new one is made; afterwards it stays. */
	once?: boolean;
	when?: (v: Values) => boolean;
	/** What is stored is dropped by this change (see `moved`): it must be typed once more. */
	again?: (start: Values, now: Values) => boolean;
	/** Stands with the others of this word in a fold at the end, open when one of them is filled. */
	fold?: string;
}

export function same(a: Value | undefined, b: Value | undefined): boolean {
	if (Array.isArray(a) && Array.isArray(b)) {
		const x = [...a].map(String).sort();
		const y = [...b].map(String).sort();
		return x.length === y.length && x.every((v, i) => v === y[i]);
	}
	return a === b;
}

/** What differs from the start; a new thing gives everything that is filled in. */
export function changes(start: Values, now: Values, isNew: boolean): Values {
	const out: Values = {};
	for (const [k, v] of Object.entries(now)) {
		if (isNew ? v !== '' && !(Array.isArray(v) && !v.length) : !same(start[k], v)) out[k] = v;
	}
	return out;
}

/**
 * A stored password belongs to a server, and to the line to it: whether it is dropped because
 * one of `keys` is another now, or because `tls` would carry it in the open.
 */
export function moved(keys: readonly string[], tls: string): (start: Values, now: Values) => boolean {
	return (start, now) => keys.some((k) => !same(start[k], now[k])) || (now[tls] === 'none' && start[tls] !== 'none');
}

/** Keys of required fields that are empty; `start` is what is stored. */
export function missing(fields: readonly Field[], now: Values, start?: Values): string[] {
	return fields
		.filter((f) => (f.required || (start && f.again?.(start, now))) && (!f.when || f.when(now)))
		.filter((f) => {
			const v = now[f.key];
			return v === undefined || v === '' || (Array.isArray(v) && !v.length);
		})
		.map((f) => f.key);
}
