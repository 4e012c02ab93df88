// What is open over the page.
class ShellState {
	palette = $state(false);
	keys = $state(false);
	/** The side panel, where there is no room for it beside the sheet. */
	side = $state(false);
	/** On a narrow screen: the rail as a page of its own. */
	sections = $state(false);
}

export const shell = new ShellState();
