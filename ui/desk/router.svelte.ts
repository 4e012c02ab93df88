// Where the person is: the address bar, as state. Links are ordinary <a href>; clicks on
// those of this program are taken over here.

function read() {
	return { path: location.pathname, query: new URLSearchParams(location.search) };
}

class Router {
	private at = $state.raw(read());

	get path(): string {
		return this.at.path;
	}
	get query(): URLSearchParams {
		return this.at.query;
	}
	/** The parts of the path, decoded. */
	get parts(): string[] {
		return this.path.split('/').filter(Boolean).map(decodeURIComponent);
	}

	go(to: string, replace = false): void {
		if (to === location.pathname + location.search) return;
		if (replace) history.replaceState(null, '', to);
		else history.pushState(null, '', to);
		this.at = read();
	}

	start(): void {
		addEventListener('popstate', () => (this.at = read()));
		document.addEventListener('click', (e) => {
			if (e.defaultPrevented || e.button !== 0 || e.ctrlKey || e.metaKey || e.shiftKey || e.altKey) return;
			const a = (e.target as Element).closest?.('a[href]') as HTMLAnchorElement | null;
			if (!a || a.target || a.hasAttribute('download') || a.origin !== location.origin) return;
			if (a.pathname.startsWith('/api/')) return;
			e.preventDefault();
			this.go(a.pathname + a.search);
		});
	}
}

export const router = new Router();
