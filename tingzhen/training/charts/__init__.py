"""Small charts as SVG: readable without colour, named for screen readers, sharp on paper."""
