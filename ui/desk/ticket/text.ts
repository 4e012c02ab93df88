// A customer's words for the screen. Pure.

export type Piece = { kind: 'text'; text: string } | { kind: 'link'; text: string; href: string };

/** Text with its http(s) addresses told apart; closing punctuation is not part of them. */
export function pieces(text: string): Piece[] {
	const out: Piece[] = [];
	let at = 0;
	for (const m of text.matchAll(/\bhttps?:\/\/[^\s<>"«»“”„]+/g)) {
		const href = m[0].replace(/[.,;:!?…)\]}'*]+$/, '');
		if (m.index > at) out.push({ kind: 'text', text: text.slice(at, m.index) });
		out.push({ kind: 'link', text: href, href });
		at = m.index + href.length;
	}
	if (at < text.length) out.push({ kind: 'text', text: text.slice(at) });
	return out;
}

export function paragraphs(text: string): string[] {
	return text
		.replace(/\r\n?/g, '\n')
		.split(/\n{2,}/)
		.map((p) => p.replace(/^\n+|\s+$/g, ''))
		.filter((p) => p !== '');
}

/** For hyphenation and the screen reader's voice: by the letters. */
export function languageOf(text: string): 'ru' | 'en' {
	const head = text.slice(0, 2000);
	const cyrillic = head.match(/[\u0400-\u04ff]/g)?.length ?? 0;
	const latin = head.match(/[a-z]/gi)?.length ?? 0;
	return cyrillic > latin ? 'ru' : 'en';
}
