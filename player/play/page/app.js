// The page: one event stream feeds it, nothing is polled. Names from outside are text, never markup.
import * as bar from './bar.js';
import { ask_to_remove, mean, take_back } from './change.js';
import * as player from './play.js';
import { bytes, clock, colour, count, make, page_link } from './text.js';

const $ = (id) => document.getElementById(id);
const state = { info: null, assets: [], peers: [], detail: null, open: '', started: false, removed: false, hover: -1 };
let stream = null;

// --- the asset that is open ------------------------------------------------------------------------

function wanted_name() {
  try {
    return decodeURIComponent(location.hash.slice(1));
  } catch {
    return location.hash.slice(1);
  }
}

// As everywhere (messages/wire/name_or_id.hpp): a full id, an exact name or the beginning of an id, and only one.
function find(name) {
  const digits = /^[0-9a-f]{4,64}$/i.test(name) ? name.toLowerCase() : '-';
  const fit = state.assets.filter((a) => (digits.length < 64 && a.name === name) || a.id.startsWith(digits));
  return fit.length === 1 ? fit[0] : null;
}

function follow_hash() {
  const name = wanted_name();
  if (!name) {
    if (state.open) close_asset();
    return;
  }
  const asset = find(name);
  if (asset) {
    if (asset.id !== state.open) open_asset(asset);
    return;
  }
  $('stage').hidden = false;
  const same = state.assets.filter((a) => a.name === name);
  $('title').textContent = name;
  show_actions(null);
  $('facts').textContent = same.length
    ? `${same.length} assets have this name; choose one below.`
    : 'Nobody in this swarm has said that it has this. It will play as soon as somebody does.';
}

function open_asset(asset) {
  state.open = asset.id;
  state.detail = null;
  $('stage').hidden = false;
  $('title').textContent = asset.name;
  $('facts').textContent = '';
  $('now').textContent = '';
  show_actions(asset);
  document.title = `${asset.name} – fragcast`;
  begin(asset);
  listen();
}

// Plays it, unless it was removed here: then the user is asked.
function begin(asset) {
  state.removed = asset.declined;
  $('screen').hidden = false;
  $('again').hidden = !asset.declined;
  $('again').disabled = false;
  player.stop();
  state.started = asset.kind === 'video' && !asset.declined && player.play(asset);
  if (asset.declined) player.say('It was removed from this peer. Others have it still.');
}

function close_asset() {
  state.open = '';
  state.detail = null;
  player.stop();
  $('stage').hidden = true;
  document.title = 'fragcast';
  listen();
}

function show_actions(asset) {
  $('download').hidden = !asset || asset.declined;
  if (asset) $('download').href = `/content/${asset.id}?download=1`;
  $('remove').hidden = !asset || asset.bytes_here === 0;
}

function show_detail(detail) {
  if (detail.id !== state.open) return;
  state.detail = detail;
  if (detail.declined !== state.removed) begin(detail);
  // What a file is stands in its manifest, which may come later than the first detail.
  if (!state.started && detail.manifest_here && !detail.declined) {
    state.started = true;
    $('screen').hidden = !player.play(detail);
  }
  const size = detail.duration_us ? `${clock(detail.duration_us / 1e6)}, ${bytes(detail.size)}` : bytes(detail.size);
  const picture = detail.width ? `, ${detail.width}×${detail.height}` : '';
  $('facts').textContent = `${size}${picture} · ${bytes(detail.bytes_here)} here`;
  show_actions(detail);
  if (!detail.declined) player.show_waiting(detail.waiting);
  show_bar();
  show_legend(detail);
  if ($('fragments').open) show_fragments();
}

function position() {
  if (!state.detail) return -1;
  if (!state.detail.duration_us) return -1;
  return Math.min(1, player.video.currentTime / (state.detail.duration_us / 1e6));
}

function show_bar() {
  if (!state.detail) return;
  bar.draw(state.detail, position());
  const at = state.hover >= 0 ? state.hover : Math.max(0, position());
  const sentence = bar.sentence(state.detail, at);
  if ($('now').textContent === sentence) return;
  $('now').textContent = sentence;
  bar.canvas.setAttribute('aria-valuetext', sentence);
  bar.canvas.setAttribute('aria-valuemax', state.detail.detail.length);
  bar.canvas.setAttribute('aria-valuenow', bar.index_at(state.detail, at));
}

function go_to(place) {
  if (state.detail?.duration_us) player.video.currentTime = place * state.detail.duration_us / 1e6;
}

function show_legend(detail) {
  const marks = [['--here', 'here'], ['--coming', 'coming'], ['--wanted', 'wanted'],
                 ['--missing', 'with others'], ['--nobody', 'nobody known']];
  const mark = (fill) => {
    const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    const rect = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
    rect.setAttribute('width', '100%');
    rect.setAttribute('height', '100%');
    rect.setAttribute('fill', fill);
    svg.append(rect);
    return svg;
  };
  const senders = new Map();
  for (const fragment of detail.detail)
    for (const source of fragment.from) senders.set(source.peer, source.name);
  $('legend').replaceChildren(
    ...marks.map(([fill, text]) => make('li', {}, mark(`var(${fill})`), text)),
    ...Array.from(senders, ([peer, name]) => make('li', {}, mark(colour(peer)), `from ${name}`)));
}

function show_fragments() {
  if (!state.detail) return;
  const rows = bar.places(state.detail).slice(0, 1000).map(({ fragment, begin }) => make('tr', {},
    make('td', { textContent: fragment.index }),
    make('td', { textContent: state.detail.duration_us ? clock(begin * state.detail.duration_us / 1e6) : '' }),
    make('td', { textContent: bytes(fragment.size) }),
    make('td', { textContent: fragment.state === 'coming' ? `coming, ${fragment.chunks} of ${fragment.chunks_total}` : fragment.state }),
    make('td', { textContent: fragment.from.map((s) => `${s.name} ${bytes(s.bytes)}`).join(', ') }),
    make('td', { textContent: fragment.holder_names.join(', ') })));
  $('fragments').querySelector('tbody').replaceChildren(...rows);
}

// --- the swarm -------------------------------------------------------------------------------------

// How a peer that stops or drains hands over what others lack.
function farewell({ state: how, done, fragments, bytes: size, left }) {
  if (!how || how === 'none') return [];
  if (done) return [left ? `leaving; only it has ${left}` : 'leaving: others have all that it had'];
  return [`${how === 'draining' ? 'leaving' : 'stopping'}: ${count(fragments, 'fragment')} (${bytes(size)}) to hand over`];
}

function show_info(info) {
  // Another peer has this address by now: what is shown is of the one before.
  if (state.info && state.info.id !== info.id) return location.reload();
  state.info = info;
  mean(info.id);
  $('self').textContent = `this is ${info.name} (${info.id.slice(0, 8)})`;
  const joined = info.buses.filter((b) => b.state === 'joined' || b.state === 'settling').length;
  const direct = state.peers.filter((p) => p.linked && !p.self).length;
  $('bus').className = joined || info.buses.length === 0 ? '' : 'away';
  $('bus').textContent = joined
    ? joined < info.buses.length ? `${joined} of ${info.buses.length} buses connected` : 'bus connected'
    : `${info.buses.length ? 'bus away' : 'no bus'}, ${count(direct, 'peer')} direct`;
  const risk = farewell(info.farewell ?? {});
  if (info.store?.full) risk.push('its store is full: remove something, or give it more room');
  if (info.at_risk > 0) risk.push(`at risk: only this peer has ${count(info.at_risk, 'fragment')}`);
  if (info.disk === 'full') risk.push('the disk is full: nothing is fetched until there is room');
  $('risk').textContent = risk.join(' · ');
  $('risk').hidden = risk.length === 0;
  const { gaps, digests_differed, asks, mended } = info.counters;
  const missed = gaps + digests_differed;
  if (missed) $('bus').textContent += `, ${missed} times something missed, ${mended} times mended`;
  $('bus').title = `announcements missed ${gaps}, beacons that differed ${digests_differed}, questions asked ${asks}, pictures mended ${mended}`;
}

// As /api/v1/search finds: a part of the name, whatever its case.
function show_list() {
  const list = state.assets;
  const part = $('search').value.trim().toLowerCase();
  const found = list.filter((asset) => asset.name.toLowerCase().includes(part));
  $('empty').hidden = list.length > 0;
  $('none').hidden = list.length === 0 || found.length > 0;
  $('none').textContent = `No name here has “${part}” in it; ${count(list.length, 'asset')} in all.`;
  const named = new Map();
  for (const { name } of list) named.set(name, (named.get(name) ?? 0) + 1);
  renew($('assets'), found.map((asset) => {
    const twin = named.get(asset.name) > 1;
    const size = asset.duration_us ? clock(asset.duration_us / 1e6) : bytes(asset.size);
    const link = make('a', { href: `#${encodeURIComponent(twin ? asset.id : asset.name)}` },
      make('strong', { textContent: asset.name }),
      make('span', { textContent: `${size} · ${count(asset.fragments, 'fragment')} · ${asset.bytes_here >= asset.size ? 'here' : count(asset.holders, 'other peer') + (asset.declined ? ', removed here' : '')}${twin ? ` · ${asset.id.slice(0, 8)}` : ''}` }),
      make('progress', { max: Math.max(asset.size, 1), value: asset.bytes_here, title: `${bytes(asset.bytes_here)} of ${bytes(asset.size)} here` }));
    if (asset.id === state.open) link.setAttribute('aria-current', 'true');
    return make('li', {}, link);
  }));
}

// A list is made anew whenever something of it changes: who goes through it by keyboard stays.
function renew(list, rows) {
  const focused = list.contains(document.activeElement) ? document.activeElement.getAttribute('href') : '';
  list.replaceChildren(...rows);
  if (focused) [...list.querySelectorAll('a')].find((a) => a.getAttribute('href') === focused)?.focus();
}

const by_name = (a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.id < b.id ? -1 : 1);
// The page's own peer first, guests last.
const by_rank = (a, b) => (b.self - a.self) || (a.guest - b.guest) || by_name(a, b);

// A list as it is now, of what it was and what changed.
function list_after(list, changed, gone, order) {
  const known = new Map(list.map((one) => [one.id, one]));
  for (const one of changed) known.set(one.id, one);
  for (const id of gone) known.delete(id);
  return [...known.values()].sort(order);
}

function show_assets(list) {
  state.assets = list;
  show_list();
  follow_hash();
}

function show_peers(list) {
  state.peers = list;
  renew($('peers').querySelector('tbody'), list.map((peer) => {
    const url = page_link(peer, location.hostname);
    const name = url && !peer.self
      ? make('a', { href: url + (location.hash || ''), textContent: peer.name })
      : make('span', { textContent: peer.name });
    const link = peer.self ? 'this page' : peer.barred ? 'barred' : peer.guest ? 'guest' : peer.linked ? `linked, ${(peer.rtt_us / 1000).toFixed(1)} ms` : 'known';
    return make('tr', {}, make('td', {}, name), make('td', { textContent: link }),
      make('td', { textContent: peer.self ? '' : bytes(peer.bytes_in) }),
      make('td', { textContent: peer.self ? '' : bytes(peer.bytes_out) }),
      make('td', { textContent: peer.self ? '' : peer.receipts }));
  }));
  if (state.info) show_info(state.info);
}

function show_event(event) {
  const list = $('events');
  const time = new Date(event.unix_ms);
  list.prepend(make('li', {},
    make('time', { dateTime: time.toISOString(), textContent: time.toLocaleTimeString() }),
    make('span', { textContent: event.text })));
  while (list.children.length > 50) list.lastElementChild.remove();
}

// --- the stream ------------------------------------------------------------------------------------

function listen() {
  if (stream) stream.close();
  stream = new EventSource(`/api/v1/events${state.open ? `?asset=${state.open}` : ''}`);
  $('events').replaceChildren();
  const on = (name, show) => stream.addEventListener(name, (e) => show(JSON.parse(e.data)));
  on('info', show_info);
  on('peers', (data) => show_peers(data.peers));
  on('peers_changed', (data) => show_peers(list_after(state.peers, data.peers, data.gone, by_rank)));
  on('assets', (data) => show_assets(data.assets));
  on('assets_changed', (data) => show_assets(list_after(state.assets, data.assets, data.gone, by_name)));
  on('asset', show_detail);
  on('event', show_event);
  stream.addEventListener('error', () => {
    $('bus').className = 'away';
    $('bus').textContent = 'this peer does not answer; trying again';
    if (stream.readyState === EventSource.CLOSED) setTimeout(listen, 2000);
  });
}

// --- what the user does ----------------------------------------------------------------------------

bar.canvas.addEventListener('pointermove', (event) => {
  state.hover = event.offsetX / bar.canvas.clientWidth;
  show_bar();
});
bar.canvas.addEventListener('pointerleave', () => { state.hover = -1; show_bar(); });
bar.canvas.addEventListener('click', (event) => go_to(event.offsetX / bar.canvas.clientWidth));
// By keyboard: arrows look at one fragment after another, Enter plays from there.
bar.canvas.addEventListener('keydown', (event) => {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!state.detail || (!step && event.key !== 'Enter')) return;
  event.preventDefault();
  const places = bar.places(state.detail);
  const here = bar.index_at(state.detail, state.hover >= 0 ? state.hover : Math.max(0, position()));
  const { begin } = places[Math.min(places.length - 1, Math.max(0, here + (step || 0)))];
  if (step) state.hover = begin;
  else go_to(begin);
  show_bar();
});
bar.canvas.addEventListener('blur', () => { state.hover = -1; show_bar(); });
$('search').addEventListener('input', show_list);
$('search').addEventListener('keydown', (event) => {
  if (event.key !== 'Escape' || !$('search').value) return;
  $('search').value = '';
  show_list();
});
$('remove').addEventListener('click', () => {
  const asset = state.detail ?? state.assets.find((a) => a.id === state.open);
  // What is open plays, and so would be fetched again.
  if (asset) ask_to_remove(asset, () => {
    location.hash = '';
    $('search').focus();
  });
});
$('again').addEventListener('click', async () => {
  $('again').disabled = true;
  try {
    await take_back({ id: state.open });  // the stream tells that it is wanted again
  } catch (error) {
    $('again').disabled = false;
    player.say(`Not brought back: ${error.message}`);
  }
});
player.video.addEventListener('timeupdate', show_bar);
window.addEventListener('resize', show_bar);
$('fragments').addEventListener('toggle', show_fragments);
window.addEventListener('hashchange', follow_hash);

listen();
