// What the user changes: files come in by button and by drop, copies go after a question.
import { bytes, duration, make } from './text.js';

const $ = (id) => document.getElementById(id);
// X-Fragcast goes with what changes state: no other site's page can send it. And whom it is for: another
// peer may have this address by now, and would do as it is told.
const headers = { 'X-Fragcast': '1' };
export function mean(peer) {
  headers['X-Fragcast-Peer'] = peer;
}

// A few at a time, as many as leave the peer room for others' uploads.
const atOnce = 2;
const waiting = [];
let running = 0;

// The line of one file: what it is, how far, and a button that stops or dismisses it.
function line_of(file) {
  const stop = make('button', { className: 'button small', type: 'button', textContent: 'Cancel' });
  stop.setAttribute('aria-label', `cancel ${file.name}`);
  const text = make('span', { textContent: 'waits for its turn' });
  const bar = make('progress', { max: Math.max(file.size, 1), value: 0 });
  bar.setAttribute('aria-label', `upload of ${file.name}`);
  const line = make('li', {}, make('strong', { textContent: file.name }), stop, text, bar);
  $('uploads').append(line);
  const end = (what, className) => {
    line.className = className;
    text.setAttribute('role', 'status');
    text.replaceChildren(...what);
    bar.remove();
    stop.textContent = 'Dismiss';
    stop.setAttribute('aria-label', `dismiss ${file.name}`);
    stop.onclick = () => {
      line.remove();
      $('choose').focus();
    };
  };
  return { stop, text, bar, end };
}

function add(file) {
  const line = line_of(file);
  const upload = { file, line };
  line.stop.onclick = () => {
    waiting.splice(waiting.indexOf(upload), 1);
    line.end(['cancelled'], 'over');
  };
  waiting.push(upload);
  next();
}

function next() {
  while (running < atOnce && waiting.length) send(waiting.shift());
}

// What a refusal says; it is problem+json, or nothing where the connection broke.
function reason(request) {
  try {
    return JSON.parse(request.responseText).detail;
  } catch {
    return 'the connection broke: this peer refused it, or has stopped. Nothing of it is kept';
  }
}

function send({ file, line }) {
  const request = new XMLHttpRequest();  // fetch() does not tell how far an upload is
  const began = performance.now();
  const over = () => {
    --running;
    next();
  };
  ++running;
  request.open('POST', `/api/v1/assets?name=${encodeURIComponent(file.name)}`);
  for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
  request.upload.onprogress = ({ loaded, total }) => {
    const rate = loaded / Math.max(1, performance.now() - began);
    const left = loaded < total ? `, ${duration((total - loaded) / rate / 1000)} left` : '';
    line.bar.value = loaded;
    line.text.textContent = `${bytes(loaded)} of ${bytes(total)}${left}`;
  };
  request.upload.onload = () => {
    line.bar.removeAttribute('value');
    line.text.textContent = 'all sent; it is being cut into fragments';
  };
  request.onload = () => {
    over();
    if (request.status !== 201) return line.end([`not published: ${reason(request)}`], 'bad');
    const asset = JSON.parse(request.responseText);
    line.end(['published: ', make('a', { href: `#${asset.id}`, textContent: asset.kind === 'video' ? 'play it' : 'open it' }),
      ...(asset.notes.length ? [` · ${asset.notes.join(' · ')}`] : [])], 'good');
  };
  request.onerror = () => { over(); line.end([`not published: ${reason(request)}`], 'bad'); };
  request.onabort = () => { over(); line.end(['cancelled; nothing of it is kept'], 'over'); };
  line.text.textContent = 'begins';
  line.stop.onclick = () => request.abort();
  request.send(file);
}

// Folders come as files that cannot be read: they are told from those before.
function dropped(transfer) {
  for (const item of transfer.items) {
    if (item.kind !== 'file') continue;
    const file = item.getAsFile();
    if (item.webkitGetAsEntry?.()?.isDirectory)
      line_of(file).end(['not published: it is a folder. Choose the files in it'], 'bad');
    else add(file);
  }
}

const has_files = (event) => event.dataTransfer?.types.includes('Files');
let inside = 0;  // dragenter and dragleave come for every element on the way
function drag(event) {
  if (!has_files(event)) return;
  event.preventDefault();
  if (event.type === 'dragenter') ++inside;
  if (event.type === 'dragleave') --inside;
  if (event.type === 'drop') {
    inside = 0;
    dropped(event.dataTransfer);
  }
  $('drop').hidden = inside === 0;
}
for (const type of ['dragenter', 'dragover', 'dragleave', 'drop']) window.addEventListener(type, drag);

$('choose').addEventListener('click', () => $('files').click());
$('files').addEventListener('change', () => {
  for (const file of $('files').files) add(file);
  $('files').value = '';  // so that the same file may be chosen again
});
// Leaving the page breaks off what it sends.
window.addEventListener('beforeunload', (event) => { if (running) event.preventDefault(); });

// --- removing --------------------------------------------------------------------------------------

let asked = null;

// Says what it means, and asks; `gone` is called when it is done.
export function ask_to_remove(asset, gone) {
  asked = { asset, gone };
  $('ask-title').textContent = `Remove “${asset.name}” from this peer?`;
  $('ask-text').textContent = `Its copy here goes (${bytes(asset.bytes_here)}), and this peer keeps none until somebody asks it to: `
    + `by playing or fetching it here, or by publishing it again.${asset.holders > 0 ? ' Other peers keep theirs.' : ''}`;
  $('ask-warning').textContent = asset.holders === 0
    ? 'Nobody else is known to have anything of it: it would be gone for good.' : '';
  $('ask-error').textContent = '';
  $('ask-yes').disabled = false;
  $('ask').showModal();
}

$('ask-no').addEventListener('click', () => $('ask').close());
$('ask-yes').addEventListener('click', async () => {
  const { asset, gone } = asked;
  $('ask-yes').disabled = true;
  try {
    const answer = await fetch(`/api/v1/assets/${asset.id}`, { method: 'DELETE', headers });
    if (!answer.ok) throw new Error((await answer.json()).detail);
    $('ask').close();
    gone();
  } catch (error) {
    $('ask-error').textContent = `Not removed: ${error.message}`;
    $('ask-yes').disabled = false;
  }
});

// What was removed here comes back because its user says so, and by nothing else: not by a link that
// opens this page.
export async function take_back(asset) {
  const answer = await fetch('/api/v1/fetch', {
    method: 'POST',
    headers: { ...headers, 'Content-Type': 'application/json' },
    body: JSON.stringify({ name: asset.id, fragments: '0', wait_ms: 0 }),  // the rest comes as it is played
  });
  if (!answer.ok) throw new Error((await answer.json()).detail);
}
