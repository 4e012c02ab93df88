// Found words. Pure.

export interface Part {
	text: string;
	hit: boolean;
}

/** The server puts found words between U+2068 and U+2069. */
export function marked(snippet: string): Part[] {
	const out: Part[] = [];
	for (const [i, piece] of snippet.split(/[\u2068\u2069]/).entries()) if (piece) out.push({ text: piece, hit: i % 2 === 1 });
	return out;
}

export const fold = (s: string): string => s.toLocaleLowerCase().replaceAll('ё', 'е');

/** Where each word of the query begins a word of the title; null when one is missing. */
export function matchTitle(title: string, query: string): Part[] | null {
	const words = fold(query).split(/\s+/).filter(Boolean);
	if (!words.length) return [{ text: title, hit: false }];
	const low = fold(title);
	const hits: [number, number][] = [];
	for (const w of words) {
		let at = -1;
		for (let i = low.indexOf(w); i >= 0; i = low.indexOf(w, i + 1)) {
			if (i === 0 || !/[\p{L}\p{N}]/u.test(low[i - 1]!)) {
				at = i;
				break;
			}
		}
		if (at < 0) return null;
		hits.push([at, at + w.length]);
	}
	hits.sort((a, b) => a[0] - b[0]);
	const out: Part[] = [];
	let pos = 0;
	for (const [a, b] of hits) {
		if (a < pos) continue;
		if (a > pos) out.push({ text: title.slice(pos, a), hit: false });
		out.push({ text: title.slice(a, b), hit: true });
		pos = b;
	}
	if (pos < title.length) out.push({ text: title.slice(pos), hit: false });
	return out;
}
