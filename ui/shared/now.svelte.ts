// The present moment for everything that shows time: one timer, twice a minute.
class Now {
	ms = $state(Date.now());
	get date(): Date {
		return new Date(this.ms);
	}
}

export const now = new Now();

export function startClock(): void {
	setInterval(() => (now.ms = Date.now()), 30_000);
	document.addEventListener('visibilitychange', () => (now.ms = Date.now()));
}
