import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'

export interface ChartSeries {
  readonly label: string
  /** Name of the style variable that holds its colour. */
  readonly colour: string
  readonly values: readonly (number | null)[]
  /** Bars, each on the ones before; else a line. */
  readonly isBar?: boolean
}

export interface ChartData {
  /** Beginnings of the parts of the time, in ms since 1970. */
  readonly times: readonly number[]
  readonly series: readonly ChartSeries[]
  readonly show: (value: number) => string
  readonly language: string
}

export interface Chart {
  draw(data: ChartData): void
  resize(): void
  destroy(): void
}

const height = 220
const dayMs = 24 * 60 * 60_000

/** Draws series over time into an element, in the colours of the theme. */
export function createChart(element: HTMLElement): Chart {
  let plot: uPlot | undefined
  return {
    draw: (data) => {
      plot?.destroy()
      const stacked = stack(data.series)
      const times = data.times.map((ms) => ms / 1000)
      const columns: uPlot.AlignedData = [times, ...stacked.map(({ values }) => [...values])]
      plot = new uPlot(optionsOf(element, data, stacked), columns, element)
    },
    resize: () => plot?.setSize({ width: element.clientWidth, height }),
    destroy: () => plot?.destroy(),
  }
}

/** Bars stand on each other: the tallest is drawn first and the others over it. */
function stack(series: readonly ChartSeries[]): readonly ChartSeries[] {
  const sums: number[] = []
  const stacked = series.map((one) => {
    if (one.isBar !== true) return one
    const values = one.values.map(
      (value, index) => (sums[index] = (sums[index] ?? 0) + (value ?? 0)),
    )
    return { ...one, values }
  })
  return stacked.toReversed()
}

function optionsOf(
  element: HTMLElement,
  { times, show, language }: ChartData,
  series: readonly ChartSeries[],
): uPlot.Options {
  const styles = getComputedStyle(element)
  const colour = (name: string) => styles.getPropertyValue(name).trim()
  const [text, grid] = [colour('--el-text-color-secondary'), colour('--el-border-color-lighter')]
  const axis = { stroke: text, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1 } }
  const hasBars = series.some(({ isBar }) => isBar === true)
  const isLong = (times.at(-1) ?? 0) - (times[0] ?? 0) > dayMs
  // Half a part on both sides, or the first and the last bar were cut.
  const aside = hasBars ? ((times[1] ?? 0) - (times[0] ?? 0)) / 2000 : 0
  const bars = uPlot.paths.bars?.({ size: [0.7, 40] })
  return {
    width: element.clientWidth,
    height,
    legend: { show: false },
    cursor: { drag: { x: false, y: false } },
    scales: {
      x: { range: (_plot, min, max) => [min - aside, max + aside] },
      y: { range: (_plot, _min, max) => [0, Math.max(max ?? 0, 1) * 1.1] },
    },
    axes: [
      {
        ...axis,
        space: 76,
        values: (_plot, marks) => marks.map((mark) => showTime(mark * 1000, isLong, language)),
      },
      { ...axis, size: 64, values: (_plot, values) => values.map(show) },
    ],
    series: [
      {},
      ...series.map(({ label, colour: name, isBar }) => ({
        label,
        stroke: colour(name),
        width: 2,
        ...(isBar === true
          ? { fill: colour(name), width: 0, ...(bars && { paths: bars }), points: { show: false } }
          : { spanGaps: true, points: { size: 5 } }),
      })),
    ],
  }
}

function showTime(ms: number, withDay: boolean, language: string): string {
  return new Date(ms).toLocaleString(language, {
    ...(withDay && { month: 'numeric', day: 'numeric' }),
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  })
}
