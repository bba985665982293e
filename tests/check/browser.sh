# Rows 36 to 40: in the browser. Sourced by check.sh.

row_36() {
  local page
  page=$(curl -fsS "$(http_of peer1)/")
  grep -q '<video' <<<"$page" && grep -q 'id="bar"' <<<"$page" || no "no player or no bar" || return
  browse 36
}

row_37() {
  api peer1 peers | jq -e '[.peers[]|select(.self|not)|.http|select(startswith("http://"))]|length>=2' >/dev/null || no "no links to the others" || return
  browse 37
}

row_38() {
  start_program fresh "$bin/fragcast-peer" --name fresh --store "$work/fresh" || no "does not start" || return
  local id
  until_true 5 has_asset fresh spread || no "the fresh peer does not know the asset" || return
  if ((have_browser)); then browse 38; return; fi
  id=$(fc --json ls | jq -r 'select(.name=="spread").id')
  [[ $(ffprobe -v error -count_packets -select_streams v -show_entries stream=nb_read_packets -of csv=p=0 "$(http_of fresh)/hls/$id/index.m3u8" | head -1) -gt 0 ]] || no "HLS does not play" || return
  until_true 10 has_whole fresh spread || no "the missing fragments did not come in"
}

row_39() {
  local who
  for who in peer1 bus; do
    curl -fsS "$(http_of $who)/openapi.json" | jq -e '(.openapi|startswith("3.1")) and (.paths|has("/api/v1/info"))' >/dev/null || no "$who: no document" || return
    curl -fsS "$(http_of $who)/docs" | grep -q swagger-ui-bundle || no "$who: no Swagger UI" || return
    curl -fsS --compressed "$(http_of $who)/docs/swagger-ui-bundle.js" | grep -q SwaggerUIBundle || no "$who was built without Swagger UI: deploy/setup.sh, and build again" || return
  done
  curl -fsS "$(http_of bus)/openapi.json" | jq -e '[.paths[]|keys[]]|unique==["get"]' >/dev/null || no "the bus offers changes" || return
  browse 39
}

row_40() {
  local id
  [[ $(api peer1 info | jq -r .name) == peer1 ]] || no "info" || return
  curl -fsS "$(http_of peer1)/healthz" | jq -e .ok >/dev/null || no "healthz" || return
  curl -fsS "$(http_of peer1)/readyz" | jq -e .ready >/dev/null || no "readyz" || return
  id=$(api peer1 assets | jq -r '.assets[]|select(.name=="spread").id')
  [[ -n $id ]] || no "no list of assets" || return
  [[ $(api peer1 "assets/$id/fragments" | jq '.fragments|length') == 10 ]] || no "no list of fragments" || return
  [[ $(api peer1 'search?q=PREA' | jq -r '.assets[].name') == spread ]] || no "search does not find by a piece of the name" || return
  api peer1 'locate?name=spread&fragment=3' | jq -e '.holders|length>0' >/dev/null || no "locate" || return
  curl -fsS -X POST -H 'X-Fragcast: 1' "$(http_of peer1)/api/v1/refresh" | jq -e '.done and .gone==[]' >/dev/null || no "refresh"
}
