"""Charts as inline SVG, drawn by hand: no script, no font, no size in pixels across, so a page can be any width."""
