import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { openTestLion } from '../support/lion.ts';

interface Panel {
  title: string;
  description?: string;
  targets?: { expr: string }[];
}

it('the dashboard shows all metrics of Lion’s own, and none that there is not', async () => {
  await using test = await openTestLion({ config: { metrics: 'open' } });
  const text = await (await fetch(`${test.url}/metrics`)).text();
  const kinds = new Map([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, kind]) => [name!, kind!]));
  const { panels } = JSON.parse(readFileSync('docs/grafana.json', 'utf8')) as { panels: Panel[] };
  const shown = new Set<string>();
  for (const { title, description, targets = [] } of panels) {
    if (targets.length > 0) expect(description, title).toMatch(/\.$/);
    for (const { expr } of targets) {
      const [metric] = /\b(?:lion|nodejs|process)_\w+/.exec(expr)!;
      const name = metric.replace(/_bucket$/, '');
      expect(kinds.get(name), `${metric} in "${title}"`).toEqual(
        metric === name ? expect.stringMatching(/gauge|counter/) : 'histogram',
      );
      // A counter is of use as a rate alone; a gauge never is.
      if (metric === name) expect(expr.includes('rate('), expr).toBe(kinds.get(name) === 'counter');
      shown.add(name);
    }
  }
  const missing = [...kinds.keys()].filter((name) => name.startsWith('lion_') && !shown.has(name));
  expect(missing).toEqual([]);
});
