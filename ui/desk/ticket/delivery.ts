// One word for how an answer fares with all its recipients. Pure.
import type { Delivery, DeliveryState } from '../../shared/api_types';

const worstFirst: DeliveryState[] = ['failed', 'bounced', 'sending', 'queued', 'sent', 'delivered'];

export function overall(deliveries: readonly Delivery[]): DeliveryState | null {
	return worstFirst.find((s) => deliveries.some((d) => d.state === s)) ?? null;
}

export function troubled(deliveries: readonly Delivery[]): Delivery[] {
	return deliveries.filter((d) => d.state === 'failed' || d.state === 'bounced');
}
