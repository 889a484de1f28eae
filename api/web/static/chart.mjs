// The large chart of the alarm page, drawn by ECharts in the place of the small one.
import { locale } from "./time.mjs";

const holder = document.getElementById("chart");
const read = () => JSON.parse(document.getElementById("chart-data").textContent);
const styles = () => getComputedStyle(document.documentElement);
const LEVELS = { 1: "--blue", 2: "--yellow", 3: "--orange", 4: "--red" };
const NARROW = 480;
const LABEL_ROOM = 16;
const LABEL_ROWS = 3;
const LABEL_LINE = 14;
const LEAST_BAND = 0.02;

/** A colour of the stylesheet as the browser resolves it for the present theme. */
function colour(name) {
  const probe = document.createElement("i");
  probe.style.color = styles().getPropertyValue(name);
  holder.append(probe);
  const resolved = getComputedStyle(probe).color;
  probe.remove();
  return resolved;
}

function line(text) {
  const element = document.createElement("p");
  element.textContent = text;
  return element;
}

function bandWords(data, [, , low, high, , learning]) {
  if (learning) return data.words.band_learning.replace("{high}", Math.ceil(high));
  if (high === 0) return data.words.band_none;
  return data.words.band.replace("{low}", Math.floor(low)).replace("{high}", Math.ceil(high));
}

function tip(data, at) {
  const row = data.points.find((point) => point[0] === at);
  const box = document.createElement("div");
  box.className = "chart-tip";
  if (!row) return box;
  const moment = new Date(at).toLocaleString(locale, { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  box.append(line(moment), line(`${data.words.negative}: ${Math.round(row[1])}`), line(bandWords(data, row)), line(`${data.words.total}: ${Math.round(row[4])}`));
  data.gaps.filter((gap) => gap.since <= at && at <= gap.until).forEach((gap) => box.append(line(gapWords(data, gap))));
  data.marks.filter((mark) => Math.abs(mark.at - at) < 60000).forEach((mark) => box.append(line(mark.reason)));
  return box;
}

/** The row over the chart in which each mark has its label, so that none stands on another; where all are taken, the
 * lower levels go without. */
function labelRows(data, width) {
  const room = (LABEL_ROOM * (Date.parse(data.until) - Date.parse(data.since))) / Math.max(width, 1);
  const latest = Array(LABEL_ROWS).fill(null);
  const rows = new Map();
  for (const mark of data.marks) {
    let row = latest.findIndex((other) => !other || mark.at - other.at >= room);
    if (row < 0) {
      row = latest.findIndex((other) => other.level < mark.level);
      if (row < 0) continue;
      rows.delete(latest[row]);
    }
    latest[row] = mark;
    rows.set(mark, row);
  }
  return rows;
}

/** A stretch of hatching, as for what a map doesn't show. */
function hatching(ink) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 8;
  const pen = tile.getContext("2d");
  pen.strokeStyle = ink;
  pen.globalAlpha = 0.55;
  pen.lineWidth = 1.2;
  for (const shift of [-8, 0, 8]) {
    pen.moveTo(shift, 8);
    pen.lineTo(shift + 8, 0);
  }
  pen.stroke();
  return { image: tile, repeat: "repeat" };
}

function gapWords(data, gap) {
  return (gap.lost ? data.words.lost : data.words.blind).replace("{source}", gap.source);
}

function blindness(data, muted, lost) {
  const areas = data.gaps.map((gap) => [
    { xAxis: gap.since, itemStyle: { color: hatching(gap.lost ? lost : muted) } },
    { xAxis: gap.until },
  ]);
  return { silent: true, animation: false, data: areas };
}

/** Whether a band of what is usual, or of what is not known yet, has a point there: it reaches to where the other begins. */
function reaches(points, at, learning) {
  return Boolean(points[at][5]) === learning || (learning && at > 0 && Boolean(points[at - 1][5]));
}

function options(data, width) {
  const [ink, muted, edge, surface] = ["--ink", "--muted", "--line", "--surface"].map(colour);
  const series = (name, column, extra) => ({ name, type: "line", showSymbol: false, data: data.points.map((row) => [row[0], row[column]]), ...extra });
  const band = { stack: "band", stackStrategy: "all", silent: true, lineStyle: { opacity: 0 }, tooltip: { show: false } };
  const top = Math.max(1, ...data.points.map((row) => Math.max(row[1], row[3], row[4])));
  const spanOf = (row) => Math.max(row[3] - row[2], LEAST_BAND * top);
  const stretch = (learning, value) => data.points.map((row, at) => [row[0], reaches(data.points, at, learning) ? value(row) : null]);
  const edges = (learning, value) => ({ ...band, stack: learning ? "learning" : "band", data: stretch(learning, value) });
  const names = [data.words.usual, data.words.learning].filter((_, learning) => data.points.some((row) => Boolean(row[5]) === Boolean(learning)));
  const rows = labelRows(data, width);
  const above = LABEL_LINE * Math.max(0, ...rows.values());
  return {
    animation: false,
    textStyle: { fontFamily: styles().fontFamily, color: muted },
    grid: { left: 8, right: 16, top: (width < NARROW ? 62 : 34) + above, bottom: 8, containLabel: true },
    legend: { top: 0, left: 0, itemWidth: 16, itemHeight: 3, itemGap: 18, textStyle: { color: muted }, data: [data.words.negative, ...names, data.words.total].map((name) => ({ name, icon: "roundRect" })) },
    tooltip: {
      trigger: "axis", confine: true, backgroundColor: surface, borderColor: edge, textStyle: { color: ink, fontSize: 13 },
      formatter: (items) => tip(data, items[0].value[0]), axisPointer: { lineStyle: { color: muted } },
    },
    xAxis: { type: "time", min: Date.parse(data.since), max: Date.parse(data.until), axisLine: { lineStyle: { color: edge } }, axisLabel: { color: muted, hideOverlap: true }, splitLine: { show: false } },
    yAxis: { type: "value", min: 0, minInterval: 1, axisLabel: { color: muted }, splitLine: { lineStyle: { color: edge } } },
    series: [
      series("low", 2, edges(false, (row) => row[2])),
      { ...series(data.words.usual, 3, edges(false, spanOf)), lineStyle: { width: 1.5, opacity: 0.9 }, itemStyle: { color: colour("--accent") }, areaStyle: { color: colour("--accent"), opacity: 0.32 } },
      series("low, not known yet", 2, edges(true, (row) => row[2])),
      { ...series(data.words.learning, 3, edges(true, spanOf)), lineStyle: { width: 1, opacity: 0.5, type: "dashed" }, itemStyle: { color: colour("--accent"), opacity: 0.4 }, areaStyle: { color: colour("--accent"), opacity: 0.07 } },
      series(data.words.total, 4, {
        markArea: blindness(data, muted, colour("--red")), lineStyle: { width: 1, color: muted, type: "dotted" }, itemStyle: { color: muted } }),
      series(data.words.negative, 1, {
        lineStyle: { width: 2.5, color: colour("--orange") }, itemStyle: { color: colour("--orange") }, z: 5,
        markLine: {
          symbol: "none", animation: false,
          data: data.marks.map((mark) => ({
            xAxis: mark.at, lineStyle: { color: colour(LEVELS[mark.level]), width: 1.5, type: "solid" },
            label: { show: rows.has(mark), distance: 5 + LABEL_LINE * (rows.get(mark) ?? 0), formatter: String(mark.level), color: colour(LEVELS[mark.level]), fontWeight: "bold", position: "end" },
          })),
        },
      }),
    ],
  };
}

function open(data, chart, event) {
  const [at] = chart.convertFromPixel({ gridIndex: 0 }, [event.offsetX, event.offsetY]);
  const nearest = data.points.reduce((best, row) => (Math.abs(row[0] - at) < Math.abs(best[0] - at) ? row : best));
  const address = new URLSearchParams({
    brand: data.brand, sentiment: "negative", ...data.part,
    since: new Date(nearest[0] - data.window).toISOString(), until: new Date(nearest[0]).toISOString(),
  });
  location.href = `/mentions?${address}`;
}

function begin() {
  holder.hidden = false;
  holder.replaceChildren();
  const chart = window.echarts.init(holder, null, { renderer: "canvas" });
  const draw = () => chart.setOption(options(read(), holder.clientWidth), true);
  draw();
  chart.getZr().on("click", (event) => chart.containPixel({ gridIndex: 0 }, [event.offsetX, event.offsetY]) && open(read(), chart, event));
  new ResizeObserver(() => {
    chart.resize();
    draw();
  }).observe(holder);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  document.addEventListener("sixminute:fresh", draw);
}

/** The chart begins with its second point, which may come long after the page was opened. */
function beginWithPoints() {
  if (read().points.length < 2) return;
  document.removeEventListener("sixminute:fresh", beginWithPoints);
  begin();
}

if (holder) {
  document.addEventListener("sixminute:fresh", beginWithPoints);
  beginWithPoints();
}
