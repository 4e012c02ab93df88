// Names by what somebody types: as they are, in the other language, by another word for the same,
// typed in the other keyboard layout, or mistyped. The nearer of these hides the farther. Pure.
import { fold, matchTitle, type Part } from './marks';

const LATIN = "`qwertyuiop[]asdfghjkl;'zxcvbnm,.";
const CYRILLIC = 'ёйцукенгшщзхъфывапролджэячсмитьбю';

/** What the same keys give in the other layout (as text/keyboard.h). */
export function otherLayout(s: string): string {
	const low = s.toLocaleLowerCase();
	const [from, to] = /\p{Script=Cyrillic}/u.test(low) ? [CYRILLIC, LATIN] : [LATIN, CYRILLIC];
	return [...low].map((c) => to[from.indexOf(c)] ?? c).join('');
}

/** Typing errors between two words: a letter more, less, another, or two swapped; above max: max + 1. */
export function distance(a: string, b: string, max: number): number {
	if (Math.abs(a.length - b.length) > max) return max + 1;
	let before: number[] = [];
	let last = Array.from({ length: b.length + 1 }, (_, i) => i);
	for (let i = 1; i <= a.length; i++) {
		const row = [i];
		for (let k = 1; k <= b.length; k++) {
			const other = a[i - 1] === b[k - 1] ? 0 : 1;
			let d = Math.min(last[k]! + 1, row[k - 1]! + 1, last[k - 1]! + other);
			if (i > 1 && k > 1 && a[i - 1] === b[k - 2] && a[i - 2] === b[k - 1]) d = Math.min(d, before[k - 2]! + 1);
			row.push(d);
		}
		before = last;
		last = row;
	}
	return Math.min(last[b.length]!, max + 1);
}
/** As many errors as are believed of a word of that length (text/distance.h). */
const believed = (w: string): number => (w.length < 4 ? 0 : w.length < 8 ? 1 : 2);

/** The words of a name that the typed ones nearly are, or nearly begin; null when one is none. */
function nearly(name: string, q: string): string | null {
	const words = fold(name).split(/[^\p{L}\p{N}]+/u).filter(Boolean);
	const out: string[] = [];
	for (const typed of fold(q).split(/\s+/).filter(Boolean)) {
		const max = believed(typed);
		const near = words.find((w) => w.startsWith(typed) || (max > 0 && [-1, 0, 1].some((n) => distance(typed, w.slice(0, typed.length + n), max) <= max)) || (max > 0 && distance(typed, w, max) <= max));
		if (!near) return null;
		out.push(near);
	}
	return out.length ? out.join(' ') : null;
}

export interface Named {
	title: string;
	/** Other names of it, of other languages too. */
	also: readonly string[];
}
export interface Match<T> {
	of: T;
	parts: Part[];
	/** The other name that it was found by. */
	by: string | null;
}
export interface Matches<T> {
	list: Match<T>[];
	/** What was taken for the words that were typed. */
	meant: string | null;
}

function direct<T extends Named>(items: readonly T[], q: string): Match<T>[] {
	return items.flatMap((of): Match<T>[] => {
		const parts = matchTitle(of.title, q);
		if (parts) return [{ of, parts, by: null }];
		const by = of.also.find((name) => matchTitle(name, q));
		return by === undefined ? [] : [{ of, parts: [{ text: of.title, hit: false }], by }];
	});
}

export function match<T extends Named>(items: readonly T[], q: string): Matches<T> {
	const words = q.trim();
	const exact = direct(items, words);
	if (exact.length || words.length < 3) return { list: exact, meant: null };
	const swapped = otherLayout(words);
	const layout = direct(items, swapped);
	if (layout.length) return { list: layout, meant: swapped };
	let meant: string | null = null;
	const list = items.flatMap((of): Match<T>[] => {
		for (const name of [of.title, ...of.also]) {
			const near = nearly(name, words);
			if (!near) continue;
			meant ??= near;
			const parts = name === of.title ? matchTitle(name, near) : null;
			return [{ of, parts: parts ?? [{ text: of.title, hit: false }], by: name === of.title ? null : name }];
		}
		return [];
	});
	return { list, meant };
}

/** Other words for what the palette does, by the command, in both languages. */
export const ALSO: Record<string, readonly string[]> = {
	search: ['find', 'look up', 'найти', 'искать'],
	keys: ['keyboard shortcuts', 'hotkeys', 'help', 'горячие клавиши', 'сочетания клавиш', 'помощь'],
	undo: ['revert', 'take back', 'вернуть'],
	new: ['new ticket', 'create', 'compose', 'write a letter', 'новое обращение', 'создать', 'написать письмо'],
	'go-mine': ['assigned to me', 'назначенные мне'],
	'go-unassigned': ['nobody’s', 'без исполнителя', 'неназначенные'],
	'go-open': ['inbox', 'входящие'],
	'go-pending': ['waiting for the customer', 'в ожидании'],
	'go-solved': ['closed', 'done', 'закрытые', 'готовые'],
	'go-spam': ['junk', 'нежелательные'],
	'go-triage': ['uncertain', 'to be sorted', 'неразобранные', 'сортировка'],
	'go-training': ['training', 'learning', 'model', 'categorizer', 'machine learning', 'обучение', 'модель', 'категоризатор'],
	'go-ledger': ['ledger', 'held letters', 'blocked letters', 'журнал', 'задержанные письма', 'реестр'],
	'go-contacts': ['contacts', 'people', 'clients', 'контакты', 'покупатели', 'люди'],
	'go-settings': ['preferences', 'options', 'administration', 'config', 'параметры', 'опции', 'администрирование', 'конфигурация'],
	assign: ['hand over', 'assignee', 'передать', 'исполнитель'],
	take: ['assign to me', 'назначить мне'],
	merge: ['join', 'combine', 'duplicate', 'слить', 'дубликат'],
	split: ['separate', 'отделить', 'разделить'],
	spam: ['junk', 'нежелательное'],
	note: ['comment', 'internal', 'комментарий', 'внутренняя'],
	reply: ['answer', 'respond', 'ответ'],
	'hand-over': ['line', 'queue', 'transfer', 'линия', 'очередь', 'перевести'],
	category: ['topic', 'тема', 'категория'],
};
