//! Every word that the views say, in both languages. `{0}`, `{1}` … stand for figures,
//! `{0s}` for the `s` that English adds unless the figure `{0}` is 1.

use crate::lang::Lang;

/// One text in both languages.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word {
    en: &'static str,
    zh: &'static str,
}

impl Word {
    /// A text in both languages, for the words that only one module says.
    pub(super) const fn of(en: &'static str, zh: &'static str) -> Self {
        Self { en, zh }
    }

    /// The text itself.
    pub(super) const fn pick(self, lang: Lang) -> &'static str {
        lang.pick(self.en, self.zh)
    }

    /// The text with its places filled.
    pub(super) fn say(self, lang: Lang, values: &[&str]) -> String {
        let mut out = String::new();
        let mut rest = self.pick(lang);
        // By hand, so that a value which itself holds "{1}" is not filled again.
        while let Some((before, after)) = rest.split_once('{') {
            out.push_str(before);
            let Some((place, after)) = after.split_once('}') else {
                break;
            };
            let figure = place.strip_suffix('s').unwrap_or(place);
            let value = figure.parse::<usize>().ok().and_then(|at| values.get(at));
            match value {
                Some(value) if figure == place => out.push_str(value),
                Some(value) if *value != "1" => out.push('s'),
                _ => {}
            }
            rest = after;
        }
        out + rest
    }
}

macro_rules! words {
    ($($name:ident = $en:literal | $zh:literal;)+) => {
        $(pub(super) const $name: Word = Word { en: $en, zh: $zh };)+

        #[cfg(test)]
        const ALL: &[(&str, Word)] = &[$((stringify!($name), $name),)+];
    };
}

words! {
    // The headline.
    FAILING = "FAILING" | "故障";
    FAILING_SAYS = "{0} of requests: {1} of {2}; mostly {3} ({4})" | "{0} 的请求失败：{2} 次中有 {1} 次；主要是 {3}（{4}）";
    SINCE = "SINCE" | "时间";
    SINCE_ONGOING = "{0}; last {1}, still failing when the log ends" | "自 {0} 起，最近一次 {1}；到日志末尾仍在失败";
    SINCE_OVER = "{0}; last {1}, {2} before the log ends" | "自 {0} 起，最近一次 {1}，距日志末尾 {2}";
    SINCE_UNDATED = "unknown: no failing request has a readable time" | "未知：失败的请求没有可识别的时间";
    THROTTLED = "THROTTLED" | "限流";
    THROTTLED_SAYS = "{0} ({1} of failures), mostly: {2} ({3})" | "{0} 次（占失败的 {1}），主要是：{2}（{3}）";
    THROTTLED_PEAK = "{0}; worst {1}, {2} within {3}" | "{0}；最严重在 {1}，{3} 内 {2} 次";
    THROTTLED_NOT = "no; slowing down will not help" | "没有限流；降低频率无济于事";
    RETRY = "RETRY" | "重试";
    RETRY_SHARE = "{0} {1}" | "{0} {1}";
    NO_FAILURES = "No failures: all {0} requests succeeded." | "没有失败：{0} 次请求全部成功。";
    NO_LINES = "Nothing to report: the input holds no lines." | "没有内容：输入中没有任何行。";
    NO_REQUESTS = "No request line was recognised in {0} line{0s}. `dslog fields PATH` shows which fields were looked for and found; `--field NAME=PATH` names them." | "在 {0} 行中没有识别出请求行。用 `dslog fields PATH` 查看查找了哪些字段、找到了什么；用 `--field NAME=PATH` 指定字段。";
    UNREADABLE = "Not all input could be read: {0} of {1} inputs, see the end." | "有输入未能完整读取：{1} 个中有 {0} 个，见文末。";

    // Conservation.
    CONSERVATION = "{0} lines = {1} blank + {2} malformed + {3} other + {4} requests + {5} continued + {6} outside" | "{0} 行 = 空行 {1} + 损坏 {2} + 其他 {3} + 请求 {4} + 续行 {5} + 范围外 {6}";
    CONSERVATION_OFF = "These figures do not add up. This is a bug in dslog; please report it." | "以上数字不平衡。这是 dslog 的缺陷，请反馈。";
    RUN = "Run {0} of the state: {1} new line{1s} ({2})" | "状态的第 {0} 次运行：新增 {1} 行（{2}）";
    RUN_FROM = "{0}, from {1} of {2} inputs" | "{0}，来自 {2} 个输入中的 {1} 个";
    RUN_HELD = "{0}; {1} wait for the ends of their lines" | "{0}；{1} 为尚未写完的行，留待下次";
    RUN_NONE = "From the state as its run {0} left it; no log was read." | "取自状态第 {0} 次运行后的内容；本次未读取日志。";
    INPUTS_ONE = "1 input" | "1 个输入";
    INPUTS_MANY = "{0} inputs" | "{0} 个输入";
    TITLE = "dslog: API failures" | "dslog：API 失败分析";

    // Changes.
    CHANGES = "SINCE THE BASELINE" | "与基线相比";
    RULES = "RULES" | "规则";
    DIFF_TITLE = "dslog: what changed" | "dslog：变化对比";
    DIFF_OLD = "OLD" | "旧";
    DIFF_NEW = "NEW" | "新";
    COL_RULE = "rule" | "规则";
    DIFF_REQUESTS = "{0} requests" | "{0} 次请求";

    // Sections.
    FIRST = "WHAT TO DO FIRST" | "先做什么";
    FIRST_GAIN = "removes {0} failure{0s} ({1})" | "可消除 {0} 次失败（{1}）";
    FIRST_WHO = "by {0}" | "由{0}处理";
    CODES = "FAILURES BY CODE" | "按错误码统计";
    OVER_TIME = "FAILURES OVER TIME" | "失败时间线";
    THROTTLING = "THROTTLING" | "限流";
    IDS = "REQUEST IDS WITH MOST FAILURES" | "失败最多的请求 ID";
    LATENCY = "LATENCY" | "延迟";
    MODELS = "MODELS" | "模型";
    KEYS = "KEYS" | "密钥";
    COVERAGE = "COVERAGE" | "读取情况";
    NEXT = "NEXT" | "下一步";

    // Codes.
    NO_CODE = "(no code)" | "（无错误码）";
    CODE_RETRY = "retry: {0}" | "重试：{0}";
    CODE_STATUSES = "status {0}" | "状态码 {0}";
    CODE_SPELLINGS = "also written {0}" | "又写作 {0}";
    CAUSE_UNLISTED = "not in the catalogue" | "错误目录未收录";
    CAUSE_SAMPLE = "e.g. {0}" | "例：{0}";
    CAUSE_IDS = "ids {0}" | "ID {0}";
    MORE_CODES = "… and {0} more code{0s} ({1} failure{1s}); --top {2} shows them" | "……还有 {0} 个错误码（{1} 次失败）；--top {2} 可全部显示";
    MORE_CAUSES = "… and {0} more cause{0s} ({1} failure{1s}); --format json lists them" | "……还有 {0} 个原因（{1} 次失败）；--format json 可全部列出";
    MORE_ROWS = "… and {0} more; --top {1} shows them" | "……还有 {0} 项；--top {1} 可全部显示";

    // Over time.
    PER_COLUMN = "each column {0}" | "每列 {0}";
    PEAK = "peak {0}: {1}" | "峰值 {0}：{1}";
    ROW_THROTTLED = "throttled" | "限流";
    ROW_FAILURES = "failures" | "失败";
    ROW_REQUESTS = "requests" | "请求";
    SCALES = "(each row to its own scale)" | "（各行比例独立）";
    UNDATED = "Requests without a readable time, missing here: {0}." | "{0} 次请求没有可识别的时间，不在此图中。";

    // Tables.
    ID_FAILURES = "{0} failure{0s}" | "{0} 次失败";
    RECOVERED = "✓ recovered" | "✓ 已恢复";
    NOT_RECOVERED = "✗ not recovered" | "✗ 未恢复";
    COL_MODEL = "model" | "模型";
    COL_KEY = "key" | "密钥";
    COL_REQUESTS = "requests" | "请求";
    COL_FAILURES = "failures" | "失败";
    COL_RATE = "rate" | "失败率";
    COL_THROTTLED = "throttled" | "限流";
    COL_TOKENS_IN = "tokens in" | "输入 Token";
    COL_TOKENS_OUT = "tokens out" | "输出 Token";
    COL_COUNT = "count" | "次数";
    COL_MIN = "min" | "最小";
    COL_MEAN = "mean" | "平均";
    COL_MAX = "max" | "最大";
    COL_RESULT = "result" | "结果";
    COL_P50 = "p50" | "p50";
    COL_P95 = "p95" | "p95";
    COL_P99 = "p99" | "p99";
    COL_CODE = "code" | "错误码";
    COL_SHARE = "share" | "占比";
    COL_KIND = "kind" | "类型";
    COL_RETRY = "retry?" | "重试";
    COL_SEEN = "seen" | "出现时间";
    MORE_IN_JSON = "{0} more, all in JSON (--format json)." | "还有 {0} 项，全部见 JSON（--format json）。";
    COL_TIME = "time" | "时间";
    COL_ID = "request id" | "请求 ID";
    COL_CODES = "codes" | "错误码";
    COL_RECOVERED = "recovered?" | "是否恢复";
    COL_STATUS = "status" | "状态码";
    COL_INPUT = "input" | "输入";
    COL_BYTES = "size" | "大小";
    COL_LINES = "lines" | "行数";
    COL_MALFORMED = "malformed" | "损坏";
    COL_STATE = "read" | "读取";
    READ_IN_FULL = "in full" | "完整";
    LATENCY_AT = "latency {0}" | "延迟 {0}";
    LATENCY_ALL = "all" | "全部";
    LATENCY_SUCCESS = "success" | "成功";
    LATENCY_FAILURE = "failure" | "失败";

    // Coverage.
    UNREAD = "not read in full: {0}" | "未能完整读取：{0}";
    LABELLED = "{0}: {1} ({2})" | "{0}：{1}（{2}）";
    MALFORMED = "malformed lines" | "损坏的行";
    FAULT_BAD_JSON = "broken JSON" | "JSON 语法错误";
    FAULT_TORN_TAIL = "last line cut off" | "末行不完整";
    FAULT_TOO_LONG = "line too long" | "行过长";
    FAULT_NOT_OBJECT = "not an object" | "不是对象";
    NOTE_REPEATED = "Keys that stood twice in their line (the last one counted): {0}." | "{0} 个键在同一行中重复出现，以最后一个为准。";
    NOTE_TIMES = "Times that could not be read or lie outside 2000–2100: {0}." | "{0} 个时间无法识别，或不在 2000–2100 年之间。";
    NOTE_BATCHED = "Lines that hold many records and count as other: {0}. Split them first, by the key that holds the records: jq -c '.Records[]' or '.records[]'; logs of OpenTelemetry jq -c '.resourceLogs[].scopeLogs[].logRecords[] | . + (.attributes // [] | from_entries | map_values(.[]))', its spans likewise from '.resourceSpans[].scopeSpans[].spans[]'." | "{0} 行含有多条记录，计为“其他”；请先按存放记录的键拆分：jq -c '.Records[]' 或 '.records[]'；OpenTelemetry 日志用 jq -c '.resourceLogs[].scopeLogs[].logRecords[] | . + (.attributes // [] | from_entries | map_values(.[]))'，span 则同样取自 '.resourceSpans[].scopeSpans[].spans[]'。";
    NOTE_HOLES = "{0} of zero bytes were skipped (holes left by truncation)." | "跳过了 {0} 的零字节（截断留下的空洞）。";
    NOTE_ENVELOPED = "Records taken out of an envelope (Docker, Kubernetes or a collector): {0}." | "{0} 条记录从外层封装（Docker、Kubernetes 或采集器）中取出。";
    NEXT_EXPLAIN = "dslog explain {0}" | "dslog explain {0}";
    NEXT_EXPLAIN_SAYS = "all that is known of this code" | "查看该错误码的全部说明";
    NEXT_GREP = "dslog grep {0} PATH" | "dslog grep {0} PATH";
    NEXT_GREP_SAYS = "every line of this request" | "查看该请求的每一行日志";
    NEXT_HTML_SAYS = "this report as a page with charts" | "生成带图表的网页报告";

    // The page.
    HEAT = "FAILURES BY DAY AND HOUR" | "按日期与小时的失败分布";
    HEAT_WIDE = "The buckets are wider than an hour (--bucket), so there is no map by hour." | "时间桶宽于一小时（--bucket），无法按小时展示。";
    HEAT_EARLIER = "{0} earlier day{0s} not shown; all in JSON (--format json)." | "另有更早的 {0} 天未显示，全部见 JSON（--format json）。";
    PER_HOUR = "{0} failure{0s} an hour" | "每小时 {0} 次失败";
    WORST_HOURS = "The worst hours as a table" | "以表格查看失败最多的小时";
    STATUSES = "STATUSES" | "状态码";
    ALL_REQUESTS = "All requests" | "全部请求";
    OTHER_FAILURES = "other failures" | "其他失败";
    OTHER_CODES = "other codes ({0})" | "其他错误码（{0} 个）";
    THROTTLED_PART = "{0} (its throttled part)" | "{0}（其中的限流部分）";
    TIP = "{0}: {1} of {2} requests failed, {3} throttled" | "{0}：{2} 次请求中 {1} 次失败，{3} 次限流";
    TIP_LATENCY = "{0}: {1} successes, {2} failures" | "{0}：成功 {1} 次，失败 {2} 次";
    AS_TABLE = "The figures as a table" | "以表格查看数据";
    REMAINING_CODES = "{0} further code{0s}" | "其余 {0} 个错误码";
    MORE_CODES_IN_JSON = "{0} more code{0s} ({1} failure{1s}), all in JSON (--format json)." | "还有 {0} 个错误码（{1} 次失败），全部见 JSON（--format json）。";
    SAMPLE = "Example" | "示例";
    LATEST_IDS = "Latest ids" | "最近 ID";
    MADE_BY = "Made by dslog {0} with catalogue {1}. All figures: --format json." | "由 dslog {0} 生成，错误目录版本 {1}。全部数据见 --format json。";

    // Kinds.
    THROTTLE_RATE = "request rate limit" | "请求频率限流";
    THROTTLE_TOKENS = "token rate limit" | "Token 用量限流";
    THROTTLE_BURST = "load rose too fast" | "流量增长过快限流";
    THROTTLE_CONCURRENCY = "concurrency limit" | "并发限流";
    THROTTLE_CAPACITY = "platform overloaded" | "平台容量不足";
    THROTTLE_OTHER = "throttled, limit not named" | "限流（未说明类型）";
    QUOTA = "quota used up" | "额度用尽";
    BILLING = "billing" | "账单或欠费";
    AUTH = "authentication" | "身份认证";
    PERMISSION = "permission" | "权限不足";
    NOT_FOUND = "not found" | "对象不存在";
    INVALID_REQUEST = "invalid request" | "请求参数错误";
    CONTENT = "content moderation" | "内容审核拦截";
    TOO_LARGE = "too large" | "请求体或文件过大";
    MEDIA = "input media" | "输入媒体文件问题";
    TIMEOUT = "timeout" | "超时";
    SERVER = "server fault" | "服务端故障";
    NETWORK = "network" | "网络连接";
    CLIENT = "client side" | "客户端";
    UNKNOWN = "unknown" | "未知";

    // Retries.
    RETRY_BACKOFF = "yes, soon, with growing pauses" | "可以，按递增间隔稍后重试";
    RETRY_LATER = "yes, but only later" | "可以，但需等待一段时间";
    RETRY_NO = "no, something must change first" | "不要重试，须先处理原因";
    RETRY_UNKNOWN = "cannot be told" | "无法判断";

    // Who must act.
    WHO_CALLER = "the calling program" | "调用方程序";
    WHO_OWNER = "the account's owner" | "账号管理员";
    WHO_PROVIDER = "the provider" | "服务提供方";
}

/// Labels of the stable words; one that is not here is shown as it stands.
const LABELS: [(&str, Word); 31] = [
    ("throttle.rate", THROTTLE_RATE),
    ("throttle.tokens", THROTTLE_TOKENS),
    ("throttle.burst", THROTTLE_BURST),
    ("throttle.concurrency", THROTTLE_CONCURRENCY),
    ("throttle.capacity", THROTTLE_CAPACITY),
    ("throttle.other", THROTTLE_OTHER),
    ("quota", QUOTA),
    ("billing", BILLING),
    ("auth", AUTH),
    ("permission", PERMISSION),
    ("not_found", NOT_FOUND),
    ("invalid_request", INVALID_REQUEST),
    ("content", CONTENT),
    ("too_large", TOO_LARGE),
    ("media", MEDIA),
    ("timeout", TIMEOUT),
    ("server", SERVER),
    ("network", NETWORK),
    ("client", CLIENT),
    ("unknown", UNKNOWN),
    ("retry.backoff", RETRY_BACKOFF),
    ("retry.later", RETRY_LATER),
    ("retry.no", RETRY_NO),
    ("retry.unknown", RETRY_UNKNOWN),
    ("who.caller", WHO_CALLER),
    ("who.owner", WHO_OWNER),
    ("who.provider", WHO_PROVIDER),
    ("fault.bad_json", FAULT_BAD_JSON),
    ("fault.torn_tail", FAULT_TORN_TAIL),
    ("fault.too_long", FAULT_TOO_LONG),
    ("fault.not_object", FAULT_NOT_OBJECT),
];

fn label(lang: Lang, prefix: &str, word: &str) -> String {
    let known = LABELS
        .iter()
        .find(|(key, _)| key.strip_prefix(prefix) == Some(word));
    known.map_or_else(|| word.to_owned(), |(_, label)| label.pick(lang).to_owned())
}

/// `SEVERAL WORDS` as `Several words`; Chinese stays as it is.
pub(super) fn sentence_case(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars
        .next()
        .map(|c| c.to_uppercase().to_string())
        .unwrap_or_default();
    // A heading in capitals loses them; Chinese keeps those of its few foreign words.
    let rest = chars.as_str();
    if !rest.is_ascii() || rest.chars().any(char::is_lowercase) {
        first + rest
    } else {
        first + &rest.to_lowercase()
    }
}

/// A kind of failure.
pub(super) fn kind(lang: Lang, kind: &str) -> String {
    label(lang, "", kind)
}

/// Whether a retry helps.
pub(super) fn retry(lang: Lang, retry: &str) -> String {
    label(lang, "retry.", retry)
}

/// Who must act.
pub(super) fn who(lang: Lang, who: &str) -> String {
    label(lang, "who.", who)
}

/// Why a line is malformed.
pub(super) fn fault(lang: Lang, fault: &str) -> String {
    label(lang, "fault.", fault)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_use_the_same_places() {
        for (name, word) in ALL {
            let places = |text: &str| {
                let mut places: Vec<String> = text
                    .split('{')
                    .skip(1)
                    .filter_map(|t| t.split_once('}'))
                    .map(|(p, _)| p.to_owned())
                    .filter(|place| !place.ends_with('s'))
                    .collect();
                places.sort();
                places
            };
            assert_eq!(places(word.en), places(word.zh), "{name}");
            assert!(!word.zh.is_empty() && !word.en.is_empty(), "{name}");
        }
    }

    #[test]
    fn a_value_is_not_filled_again() {
        assert_eq!(RETRY_SHARE.say(Lang::En, &["{1}", "x"]), "{1} x");
        assert_eq!(ID_FAILURES.say(Lang::En, &["1"]), "1 failure");
        assert_eq!(ID_FAILURES.say(Lang::En, &["11"]), "11 failures");
        assert_eq!(ID_FAILURES.say(Lang::Zh, &["1"]), "1 次失败");
        assert_eq!(kind(Lang::Zh, "throttle.rate"), "请求频率限流");
        assert_eq!(retry(Lang::En, "unknown"), "cannot be told");
        assert_eq!(kind(Lang::En, "new.kind"), "new.kind");
    }
}
