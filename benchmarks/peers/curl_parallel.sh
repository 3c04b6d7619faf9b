#!/bin/bash
# GNU parallel and curl, a process for each row: bash curl_parallel.sh INPUT.csv BASE_URL
set -euo pipefail
body='NR > 1 {
    printf "{\"message_id\":\"%s\",\"revenue\":%s,\"attribution_type\":\"%s\",\"offer_id\":\"%s\",\"timestamp\":\"%s\"}\n", $1, $2, $3, $4, $5
}'
awk -F , "$body" "$1" | parallel --will-cite -q -j 64 --joblog "$1.joblog" \
    curl -sS --fail -o /dev/null -H "X-Api-Key: $TRACKLY_API_KEY" -H "Content-Type: application/json" -d '{}' \
    "$2/v2/revenue"
