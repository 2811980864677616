import { describe, expect, it } from 'vitest';
import { heatColour, heatScale } from './heat-colours.ts';

describe('the heat scale', () => {
  it('spans whole decades around the values and passes over what is missing', () => {
    expect(heatScale([null, 25, 900, 12_000, null])).toEqual({ low: 1, high: 5 });
    expect(heatScale([100, 100])).toEqual({ low: 2, high: 3 });
    expect(heatScale([null, 0])).toEqual({ low: 1, high: 2 });
  });

  it('grows lighter with the value and holds at its ends', () => {
    const scale = { low: 1, high: 4 };
    const lightness = [1, 10, 30, 100, 300, 1000, 10_000, 1e9].map((value) => {
      const [red, green, blue] = heatColour(value, scale);
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    });
    expect(lightness).toEqual(lightness.toSorted((a, b) => a - b));
    expect(heatColour(10_000, scale)).toEqual(heatColour(1e9, scale));
    expect(heatColour(0, scale)).toEqual([68, 1, 84]);
  });
});
