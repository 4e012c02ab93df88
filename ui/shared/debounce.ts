/** Calls fn once, `wait` ms after the last of several calls, but never later than 5 waits after the first. */
export function debounce(fn: () => void, wait: number): (() => void) & { cancel(): void } {
	let timer: ReturnType<typeof setTimeout> | undefined;
	let first = 0;
	const run = () => {
		first = 0;
		fn();
	};
	const f = () => {
		const t = Date.now();
		first ||= t;
		clearTimeout(timer);
		timer = setTimeout(run, Math.max(0, Math.min(wait, first + 5 * wait - t)));
	};
	f.cancel = () => {
		clearTimeout(timer);
		first = 0;
	};
	return f;
}
