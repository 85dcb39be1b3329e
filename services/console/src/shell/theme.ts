/** Colours and shapes. Mantine's own, with texts that can be read (WCAG AA) on both backgrounds. */
import { createTheme, type CSSVariablesResolver } from '@mantine/core';

export const theme = createTheme({
  primaryColor: 'indigo',
  primaryShade: { light: 7, dark: 8 },
  defaultRadius: 'md',
  autoContrast: true,
  cursorType: 'pointer',
  respectReducedMotion: true,
  headings: { fontWeight: '600' },
});

/** Mantine's own where they can be read; in their place, what can. */
export const readableColours: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-red-filled': '#c92a2a',
    '--mantine-color-red-filled-hover': '#b02525',
    '--mantine-color-error': '#c92a2a',
    '--mantine-color-dimmed': '#5c636a',
    '--mantine-color-placeholder': '#6b727a',
    // What stands on the light variant of its own colour.
    '--mantine-color-teal-light-color': '#066649',
    '--mantine-color-orange-light-color': '#a33f00',
    '--mantine-color-yellow-light-color': '#7a4a00',
    '--mantine-color-red-light-color': '#b02525',
  },
  dark: {
    '--mantine-color-red-filled': '#c92a2a',
    '--mantine-color-red-filled-hover': '#b02525',
    '--mantine-color-error': '#ff8787',
    '--mantine-color-dimmed': '#a6a6a6',
    '--mantine-color-placeholder': '#9a9a9a',
  },
});
