// One word for how an answer fares with all its recipients. Pure.
import type { Delivery, DeliveryFault, DeliveryState } from '../../shared/api_types';

const worstFirst: DeliveryState[] = ['failed', 'bounced', 'sending', 'queued', 'sent', 'delivered'];

/** Without those whose address was corrected: another recipient stands for them. */
export function standing(deliveries: readonly Delivery[]): Delivery[] {
	return deliveries.filter((d) => !deliveries.some((x) => x.instead_of && x.instead_of === d.address));
}

export function overall(deliveries: readonly Delivery[]): DeliveryState | null {
	const list = standing(deliveries);
	return worstFirst.find((s) => list.some((d) => d.state === s)) ?? null;
}

export function troubled(deliveries: readonly Delivery[]): Delivery[] {
	return standing(deliveries).filter((d) => d.state === 'failed' || d.state === 'bounced');
}

/** A limit holds all that have not left yet. */
export function held(deliveries: readonly Delivery[]): Delivery | null {
	return deliveries.find((d) => d.state === 'queued' && d.held) ?? null;
}

/** Tried, and to be tried again. */
export function delayed(deliveries: readonly Delivery[]): Delivery | null {
	return deliveries.find((d) => d.state === 'queued' && !d.held && d.attempts > 0) ?? null;
}

export type Deed = 'correct' | 'again' | 'call';

/** What helps, the most promising first. */
export function deeds(fault: DeliveryFault | null): Deed[] {
	switch (fault) {
		case 'no_address':
		case 'no_domain':
		case 'disabled':
			return ['correct', 'call', 'again'];
		case 'too_large':
			return ['call', 'correct'];
		case 'full':
			return ['again', 'call', 'correct'];
		default:
			return ['again', 'correct', 'call'];
	}
}
