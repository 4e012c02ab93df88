// Addresses as people type and paste them. Pure.
import type { AddressIn } from '../api_types';

export function isAddress(s: string): boolean {
	return s.length <= 320 && /^[^\s@<>"(),;:]+@[^\s@<>"(),;:]+\.[^\s@<>"(),;:]+$/.test(s);
}

/** `Anna <anna@x.example>, b@y.example; ...` What has no @ at all is left out. */
export function parseAddresses(text: string): AddressIn[] {
	const out: AddressIn[] = [];
	for (const raw of text.split(/[,;\n]+/)) {
		const part = raw.trim();
		if (!part.includes('@')) continue;
		const m = /^(.*?)<([^<>]+)>$/.exec(part);
		const address = (m ? m[2]! : part).trim();
		const name = m ? m[1]!.trim().replace(/^"(.*)"$/, '$1') : '';
		out.push(name ? { name, address } : { address });
	}
	return out;
}
