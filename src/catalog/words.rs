//! The catalogue's fixed vocabulary. Reports, scripts and the data files all
//! use these spellings; they are never renamed.
//!
//! `build.rs` compiles this file too, so it depends on nothing but `Lang`.

use crate::lang::Lang;
use serde::{Deserialize, Serialize};

/// One enum of words: the spelling in data and JSON, and a label per language.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal, $en:literal, $zh:literal;)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name { $($(#[$doc])* #[serde(rename = $word)] $variant,)+ }

        impl $name {
            /// Every value, in the order in which listings show them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The stable spelling, as in JSON and in the data files.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }

            /// The value of this exact spelling.
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.as_str() == word)
            }

            /// A short description for people.
            pub const fn label(self, lang: Lang) -> &'static str {
                match self { $(Self::$variant => lang.pick($en, $zh),)+ }
            }
        }
    };
}

words! {
    /// What sort of failure a cause is.
    Kind {
        /// Too many requests per minute or second.
        ThrottleRate = "throttle.rate", "request rate limit", "请求频率限流";
        /// Too many tokens per minute or second.
        ThrottleTokens = "throttle.tokens", "token rate limit", "Token 用量限流";
        /// Load rose too fast, below the limits themselves.
        ThrottleBurst = "throttle.burst", "load rose too fast", "流量增长过快限流";
        /// Too many requests at the same time.
        ThrottleConcurrency = "throttle.concurrency", "concurrency limit", "并发限流";
        /// The platform has no room.
        ThrottleCapacity = "throttle.capacity", "platform overloaded", "平台容量不足";
        /// A throttle that does not say which.
        ThrottleOther = "throttle.other", "throttled, limit not named", "限流（未说明类型）";
        /// An allowance is used up: free tier, plan, number of stored things.
        Quota = "quota", "allowance used up", "额度用尽";
        /// An unpaid bill or a spending limit.
        Billing = "billing", "unpaid bill or spending limit", "账单或欠费";
        /// The key is missing, wrong or expired.
        Auth = "auth", "API key or token", "身份认证";
        /// The key is right, but may not do this.
        Permission = "permission", "not permitted", "权限不足";
        /// The thing addressed does not exist.
        NotFound = "not_found", "does not exist", "对象不存在";
        /// The request itself is wrong.
        InvalidRequest = "invalid_request", "the request itself is wrong", "请求参数错误";
        /// Refused by content moderation.
        Content = "content", "stopped by moderation", "内容审核拦截";
        /// More bytes than are accepted.
        TooLarge = "too_large", "too many bytes", "请求体或文件过大";
        /// A picture, sound, video or document cannot be used.
        Media = "media", "input media", "输入媒体文件问题";
        /// No answer in time.
        Timeout = "timeout", "no answer in time", "超时";
        /// A fault on the provider's side.
        Server = "server", "fault on the service's side", "服务端故障";
        /// The connection failed.
        Network = "network", "connection failed", "网络连接失败";
        /// A fault of the caller's own program or SDK.
        Client = "client", "fault on the caller's side", "客户端问题";
        /// Not known to the catalogue.
        Unknown = "unknown", "not known", "未知";
    }
}

impl Kind {
    /// Whether waiting is the remedy; exactly the kinds that begin with `throttle.`.
    pub const fn is_throttle(self) -> bool {
        matches!(
            self,
            Self::ThrottleRate
                | Self::ThrottleTokens
                | Self::ThrottleBurst
                | Self::ThrottleConcurrency
                | Self::ThrottleCapacity
                | Self::ThrottleOther
        )
    }
}

words! {
    /// Whether the same request may succeed if sent again.
    Retry {
        /// Soon, with growing pauses.
        Backoff = "backoff", "soon, with growing pauses", "可稍后重试，间隔逐次加长";
        /// After a window has passed or the other side has been repaired.
        Later = "later", "after a longer wait, or a repair on the other side", "须等待较长时间或对方修复后再试";
        /// Not before something has been changed.
        No = "no", "not before something has been changed", "不要直接重试，须先处理原因";
        /// The evidence does not tell.
        Unknown = "unknown", "this error does not tell", "无法据此判断";
    }
}

words! {
    /// Who has to act.
    Who {
        /// Whoever writes the calling program.
        Caller = "caller", "the calling program", "调用方（程序）";
        /// Whoever owns the account: money, keys, permissions, limits.
        Owner = "owner", "the account's owner", "账号管理员";
        /// The provider; the caller can only wait or ask.
        Provider = "provider", "the provider", "服务提供方";
    }
}

words! {
    /// Whose errors a cause describes.
    Provider {
        /// Alibaba Cloud Model Studio (DashScope).
        DashScope = "dashscope", "DashScope", "百炼 DashScope";
        /// `OpenAI`.
        OpenAi = "openai", "OpenAI", "OpenAI";
        /// `Anthropic`.
        Anthropic = "anthropic", "Anthropic", "Anthropic";
        /// Amazon Web Services.
        Aws = "aws", "AWS", "AWS";
        /// No provider: what HTTP itself and broken connections say.
        Http = "http", "HTTP and network", "HTTP 与网络";
    }
}
