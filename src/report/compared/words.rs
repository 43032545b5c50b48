//! What the account of a diff says, in both languages.

use crate::report::words::Word;

const fn word(en: &'static str, zh: &'static str) -> Word {
    Word::of(en, zh)
}

pub(super) const NONE_BEYOND: Word = word(
    "No change beyond chance ({0} comparisons).",
    "没有超出偶然波动的变化（比较了 {0} 项）。",
);
pub(super) const SOME_BEYOND: Word = word(
    "{0} beyond chance ({1} for the worse), in {2} comparisons:",
    "{0} 项变化超出偶然波动（其中 {1} 项变差），共比较 {2} 项：",
);
pub(super) const ONE_CHANGE: Word = word("1 change", "1");
pub(super) const CHANGES: Word = word("{0} changes", "{0}");
pub(super) const MOVED: Word = word(
    "{0}: {1} → {2} of requests ({3} → {4}; {5} expected)",
    "{0}：占请求 {1} → {2}（{3} → {4} 次；预期 {5} 次）",
);
pub(super) const NEW: Word = word(
    "{0}: new, {1} of requests ({2})",
    "{0}：新出现，占请求 {1}（{2} 次）",
);
pub(super) const NEW_SINCE: Word = word(
    "{0}: new, {1} of requests ({2}), first at {3}",
    "{0}：新出现，占请求 {1}（{2} 次），首次于 {3}",
);
pub(super) const GONE: Word = word(
    "{0}: gone ({1} before; {2} expected)",
    "{0}：不再出现（此前 {1} 次；预期 {2} 次）",
);
pub(super) const MINUTES_MOVED: Word = word(
    "throttled minutes: {0} → {1} of those with requests ({2} → {3} buckets)",
    "限流分钟：占有请求时段的 {0} → {1}（{2} → {3} 个时段）",
);
pub(super) const LATENCY_MOVED: Word = word(
    "latency {0} ({1}): {2} → {3} ({4})",
    "延迟 {0}（{1}）：{2} → {3}（{4}）",
);
pub(super) const TEMPLATE_NEW: Word = word(
    "new message under {0}: {1} ({2})",
    "{0} 的新错误信息：{1}（{2} 次）",
);
pub(super) const MORE: Word = word(
    "… and {0} more; --format json lists all",
    "……还有 {0} 项；--format json 可全部列出",
);
pub(super) const MAYBE_NEW: Word = word("New, perhaps by chance: {0}", "新出现，可能出于偶然：{0}");
pub(super) const MAYBE_GONE: Word = word(
    "Gone, perhaps by chance: {0}",
    "不再出现，可能出于偶然：{0}",
);
pub(super) const MAYBE_TEMPLATES: Word = word(
    "New messages, perhaps by chance: {0}",
    "新错误信息，可能出于偶然：{0}",
);
pub(super) const REST: Word = word(
    "{0} other codes moved no further than chance explains.",
    "另有 {0} 个错误码的变化未超出偶然波动。",
);
pub(super) const REST_ONE: Word = word(
    "1 other code moved no further than chance explains.",
    "另有 1 个错误码的变化未超出偶然波动。",
);
pub(super) const METHOD: Word = word(
    "Compared by rate, bursts allowed for; where nothing has changed, at most {0} of such comparisons raise an alarm.",
    "按比率比较，并考虑突发；若实际没有变化，此类对比中至多 {0} 会误报。",
);
pub(in crate::report) const FIGURE: Word = word("figure", "指标");
pub(super) const BEFORE: Word = word("before", "此前");
pub(super) const NOW: Word = word("now", "现在");
pub(super) const CHANGE: Word = word("change", "变化");
pub(super) const VERDICT: Word = word("judged", "判断");
pub(super) const BEYOND: Word = word("beyond chance", "超出偶然");
pub(super) const CHANCE: Word = word("chance", "偶然");
pub(super) const FAILURE_RATE: Word = word("failure rate", "失败率");
pub(super) const THROTTLE_RATE: Word = word("throttle rate", "限流率");
pub(super) const MINUTES: Word = word("throttled minutes", "限流分钟");
pub(super) const SHIFT: Word = word("latency {0}, {1}", "延迟 {0}，{1}");
pub(super) const EACH: Word = word("{0} ×{1}", "{0} ×{1}");
pub(super) const RULE_BROKEN: Word = word("broken", "已触发");
pub(super) const RULE_KEPT: Word = word("kept", "未触发");
pub(super) const RULE_NOTHING: Word = word("nothing to judge", "没有可判断的数据");
pub(super) const RULE_SHARE: Word = word("{0} ({1} of {2})", "{0}（{2} 中的 {1}）");

/// Notes by their stable word; one that is not here is shown as it stands.
pub(super) const NOTES: [(&str, Word); 5] = [
    (
        "no_requests",
        word(
            "One of the reports holds no request line, so there is nothing to compare.",
            "其中一份报告没有请求行，无从比较。",
        ),
    ),
    (
        "catalogues_differ",
        word(
            "The reports were made with different error catalogues: a code may be new or gone because its name changed.",
            "两份报告使用的错误目录版本不同：错误码的新增或消失可能只是名称变化。",
        ),
    ),
    (
        "buckets_differ",
        word(
            "The reports' time buckets differ in width: throttled minutes were not judged.",
            "两份报告的时段宽度不同：未判断限流分钟。",
        ),
    ),
    (
        "too_short_for_bursts",
        word(
            "Too short to tell how failures come in bursts: requests were taken as independent.",
            "时间太短，无法估计失败的突发程度：按请求相互独立判断。",
        ),
    ),
    (
        "not_read_in_full",
        word(
            "Some input of one of the reports could not be read in full.",
            "其中一份报告有输入未能完整读取。",
        ),
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::Lang;

    #[test]
    fn both_languages_have_the_same_places() {
        let words = [
            NONE_BEYOND,
            SOME_BEYOND,
            ONE_CHANGE,
            CHANGES,
            MOVED,
            NEW,
            NEW_SINCE,
            GONE,
            MINUTES_MOVED,
            LATENCY_MOVED,
            TEMPLATE_NEW,
            MORE,
            MAYBE_NEW,
            MAYBE_GONE,
            MAYBE_TEMPLATES,
            REST,
            REST_ONE,
            METHOD,
            SHIFT,
            EACH,
            RULE_SHARE,
        ];
        for word in words {
            let places = |lang| {
                let mut places: Vec<&str> = word.pick(lang).split('{').skip(1).collect();
                for place in &mut places {
                    *place = place.split('}').next().unwrap_or_default();
                }
                places.sort_unstable();
                places
            };
            assert_eq!(places(Lang::En), places(Lang::Zh), "{word:?}");
        }
    }
}
