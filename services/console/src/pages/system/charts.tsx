/** The last minutes as lines; what they say now stands beside them as text. */
import { AreaChart } from '@mantine/charts';
import { Group, Paper, SimpleGrid, Text, Title } from '@mantine/core';
import type { Point } from './history';
import { rate, whole } from './numbers';

interface Series {
  name: keyof Omit<Point, 'time'>;
  label: string;
  color: string;
}

interface ChartSpec {
  title: string;
  unit: string;
  format: (value: number | null) => string;
  series: Series[];
}

const charts: ChartSpec[] = [
  {
    title: 'Connections',
    unit: '',
    format: (value) => whole(value ?? 0),
    series: [{ name: 'connections', label: 'Connections', color: 'indigo.5' }],
  },
  {
    title: 'Coming and going',
    unit: '/s',
    format: rate,
    series: [
      { name: 'connects', label: 'Connects', color: 'teal.5' },
      { name: 'disconnects', label: 'Disconnects', color: 'orange.5' },
    ],
  },
  {
    title: 'Messages',
    unit: '/s',
    format: rate,
    series: [
      { name: 'messagesFromClients', label: 'From clients', color: 'indigo.5' },
      { name: 'messagesToClients', label: 'To clients', color: 'grape.5' },
    ],
  },
];

const timeOfDay = (time: number): string =>
  new Date(time).toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' });

export function Charts({ points }: { points: Point[] }) {
  return (
    <SimpleGrid cols={{ base: 1, md: 3 }} spacing="md">
      {charts.map((spec) => (
        <Chart key={spec.title} spec={spec} points={points} />
      ))}
    </SimpleGrid>
  );
}

function Chart({ spec, points }: { spec: ChartSpec; points: Point[] }) {
  const { title, unit, format, series } = spec;
  const now = points.at(-1);
  return (
    <Paper withBorder p="md" component="section" aria-label={title}>
      <Title order={2} size="h5" mb={4}>
        {title}
      </Title>
      <Group gap="sm" mb="xs">
        {series.map(({ name, label, color }) => (
          <Group key={name} gap={4} wrap="nowrap">
            <Text component="span" c={color} fz="lg" lh={1} aria-hidden>
              ●
            </Text>
            <Text component="span" size="sm">
              {series.length > 1 && `${label} `}
              <b>{format(now?.[name] ?? null)}</b>
              {unit}
            </Text>
          </Group>
        ))}
      </Group>
      <AreaChart
        aria-hidden
        h={120}
        data={points}
        dataKey="time"
        series={series.map(({ name, label, color }) => ({ name, label, color }))}
        withDots={false}
        curveType="linear"
        connectNulls={false}
        fillOpacity={0.15}
        strokeWidth={1.5}
        valueFormatter={(value) => format(value)}
        areaProps={{ isAnimationActive: false }}
        areaChartProps={{ accessibilityLayer: false }}
        tooltipAnimationDuration={0}
        tooltipProps={{ labelFormatter: (label) => timeOfDay(Number(label)) }}
        xAxisProps={{
          type: 'number',
          scale: 'time',
          domain: ['dataMin', 'dataMax'],
          tickFormatter: (time: number) => timeOfDay(time),
          minTickGap: 40,
        }}
        yAxisProps={{ width: 40, allowDecimals: false, domain: [0, 'auto'] }}
      />
    </Paper>
  );
}
