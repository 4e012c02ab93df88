// Whom the customer's last letter also went to. Nothing proves who copied them, so they are
// offered to the agent and never written to unasked. Pure.
import type { Address, AddressIn, Message } from '../../shared/api_types';

/** support+t1.0.abc@shop.example and support@shop.example are one address of ours. */
function plain(address: string): string {
	const lower = address.toLowerCase();
	const at = lower.lastIndexOf('@');
	const plus = lower.indexOf('+');
	return plus > 0 && plus < at ? lower.slice(0, plus) + lower.slice(at) : lower;
}

export function offeredCopies(messages: readonly Message[], ours: readonly string[], known: readonly string[]): AddressIn[] {
	const customers = messages.filter((m) => m.kind === 'customer' && m.thread_id === null);
	const last = customers[customers.length - 1];
	if (!last) return [];
	const inboxes = new Set(ours.map(plain));
	const seen = new Set([...known, last.author_address].map((a) => a.toLowerCase()));
	const out: AddressIn[] = [];
	for (const a of [...last.to, ...last.cc] as Address[]) {
		const key = a.address.toLowerCase();
		if (!a.address || seen.has(key) || inboxes.has(key) || inboxes.has(plain(a.address))) continue;
		seen.add(key);
		out.push(a.name ? { name: a.name, address: a.address } : { address: a.address });
	}
	return out;
}
