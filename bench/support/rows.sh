# Rows of figures from shell scripts, in the form that bench/support/figure.c prints. Source it.

rows_form='%-10s %-46s %11s %-17s %11s %6s  %s\n'

rows_head() {
    # shellcheck disable=SC2059
    printf "$rows_form" layer figure value unit limit share "the limit"
}

# rows_number VALUE: separators of thousands, as short as its size allows.
rows_number() {
    awk -v value="$1" 'BEGIN {
        text = sprintf(value < 10 ? "%.2f" : value < 100 ? "%.1f" : "%.0f", value)
        while (match(text, /^[0-9][0-9][0-9][0-9]+/)) {
            text = substr(text, 1, RLENGTH - 3) "," substr(text, RLENGTH - 2)
        }
        print text }'
}

# rows_print LAYER FIGURE VALUE UNIT [LIMIT WHAT]: a limit is given for costs only.
rows_print() {
    local limit="" share=""
    if [ $# -ge 6 ]; then
        limit=$(rows_number "$5")
        share=$(awk -v value="$3" -v limit="$5" 'BEGIN { printf "%.0f %%", limit / value * 100 }')
    fi
    # shellcheck disable=SC2059
    printf "$rows_form" "$1" "$2" "$(rows_number "$3")" "$4" "$limit" "$share" "${6:-}"
}
