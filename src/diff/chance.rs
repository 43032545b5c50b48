//! How likely a difference is by chance alone.
//!
//! Only `+ - * /` and square roots, which every machine rounds alike: the same two
//! reports give the same answer everywhere. (Libraries of statistics call the
//! system's `exp` and `lgamma`, whose last digits differ.)

/// Margins up to this are summed exactly; beyond, the normal approximation is as good.
const EXACT_FAILURES: u64 = 4096;

/// Degrees of freedom beyond which Student's distribution is taken as this one.
/// That errs on the side of chance, by little.
const MAX_FREEDOM: u32 = 400;

/// `hits` of `trials`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// How many.
    pub hits: u64,
    /// Out of how many; never fewer than the hits.
    pub trials: u64,
}

impl Part {
    /// A part; more hits than trials are cut to the trials.
    pub fn new(hits: u64, trials: u64) -> Self {
        Self {
            hits: hits.min(trials),
            trials,
        }
    }

    /// Hits per trial.
    pub fn rate(self) -> f64 {
        if self.trials == 0 {
            0.0
        } else {
            self.hits as f64 / self.trials as f64
        }
    }
}

/// Fisher's exact test, two-sided: how likely a split at least this unlikely is, if all
/// trials are independent and alike. Large counts go by the score test.
pub fn fisher(old: Part, new: Part) -> f64 {
    Split::new(old, new).map_or(1.0, |split| split.p_value(new.hits))
}

/// The least that [`fisher`] could have given for as many hits in all. A comparison
/// that cannot come out as beyond chance need not be corrected for.
pub fn least_fisher(old: Part, new: Part) -> f64 {
    Split::new(old, new).map_or(1.0, |split| {
        split.p_value(split.low).min(split.p_value(split.high))
    })
}

/// All ways to share the hits out between two groups of trials.
struct Split {
    old_trials: u64,
    new_trials: u64,
    hits: u64,
    low: u64,
    high: u64,
}

impl Split {
    fn new(old: Part, new: Part) -> Option<Self> {
        let hits = old.hits.checked_add(new.hits)?;
        let trials = old.trials.checked_add(new.trials)?;
        if old.trials == 0 || new.trials == 0 || hits == 0 || hits == trials {
            return None;
        }
        Some(Self {
            old_trials: old.trials,
            new_trials: new.trials,
            hits,
            low: hits.saturating_sub(old.trials),
            high: hits.min(new.trials),
        })
    }

    fn p_value(&self, new_hits: u64) -> f64 {
        if self.high - self.low <= EXACT_FAILURES {
            self.exact(new_hits)
        } else {
            let old = Part::new(self.hits - new_hits, self.old_trials);
            let new = Part::new(new_hits, self.new_trials);
            student(score(old, new).abs(), MAX_FREEDOM)
        }
    }

    /// Sums the hypergeometric distribution outwards from its mode, whose weight is one.
    fn exact(&self, new_hits: u64) -> f64 {
        let mode = (u128::from(self.hits) + 1) * (u128::from(self.new_trials) + 1)
            / (u128::from(self.old_trials) + u128::from(self.new_trials) + 2);
        let mode = (mode as u64).clamp(self.low, self.high);
        let mut weights = vec![1.0_f64; (self.high - self.low + 1) as usize];
        let at = |k: u64| (k - self.low) as usize;
        // Weight of k + 1 over weight of k.
        let ratio = |k: u64| {
            let free_old = self.old_trials - self.hits.saturating_sub(k).min(self.old_trials) + 1;
            ((self.hits - k) as f64 / (k + 1) as f64)
                * ((self.new_trials - k) as f64 / free_old as f64)
        };
        for k in mode..self.high {
            let next = weights.get(at(k)).copied().unwrap_or(0.0) * ratio(k);
            if let Some(weight) = weights.get_mut(at(k) + 1) {
                *weight = next;
            }
        }
        for k in (self.low..mode).rev() {
            let next = weights.get(at(k) + 1).copied().unwrap_or(0.0) / ratio(k);
            if let Some(weight) = weights.get_mut(at(k)) {
                *weight = next;
            }
        }
        // Equal weights differ in their last digits.
        let seen = weights.get(at(new_hits)).copied().unwrap_or(0.0) * (1.0 + 1e-9);
        let all: f64 = weights.iter().sum();
        let tail: f64 = weights.iter().filter(|weight| **weight <= seen).sum();
        (tail / all).min(1.0)
    }
}

/// The score statistic of two proportions: how many standard deviations apart they are
/// if all trials are independent and alike. Positive where the new rate is higher.
pub fn score(old: Part, new: Part) -> f64 {
    let (n1, n2) = (old.trials as f64, new.trials as f64);
    let hits = old.hits as f64 + new.hits as f64;
    let pooled = hits / (n1 + n2);
    let variance = pooled * (1.0 - pooled) * (1.0 / n1 + 1.0 / n2);
    if variance > 0.0 {
        (new.rate() - old.rate()) / variance.sqrt()
    } else {
        0.0
    }
}

/// Student's t, two-sided: how likely a value at least `t` from zero is. Odd degrees of
/// freedom count as one less.
///
/// For an even number `f`, with `s² = t²/(f + t²)` and `x = 1 - s²`, the probability of the
/// middle is `s · Σ_{j < f/2} c_j x^j`, where `Σ_j c_j x^j = (1 - x)^-½` over all `j`
/// (Abramowitz and Stegun, 26.7.4). So the tails are the rest of that sum.
#[allow(clippy::many_single_char_names)] // as the formula has them
pub fn student(t: f64, freedom: u32) -> f64 {
    let terms = freedom.min(MAX_FREEDOM) / 2;
    if terms == 0 || t.is_nan() || t <= 0.0 {
        return 1.0;
    }
    let f = f64::from(2 * terms);
    let s2 = t * t / (f + t * t);
    let x = 1.0 - s2;
    let mut term = 1.0;
    let mut middle = 0.0;
    for j in 1..=terms {
        middle += term;
        term *= x * (f64::from(2 * j) - 1.0) / f64::from(2 * j);
    }
    let s = s2.sqrt();
    let by_middle = 1.0 - s * middle;
    if by_middle > 1e-4 {
        return by_middle.min(1.0);
    }
    // The difference would lose its digits; here x is well below one, so the rest converges.
    let mut tails = 0.0;
    let mut j = terms;
    while term > tails * 1e-17 && term > 0.0 && j < 1 << 20 {
        tails += term;
        j += 1;
        term *= x * (f64::from(2 * j) - 1.0) / f64::from(2 * j);
    }
    (s * tails).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(got: f64, want: f64) {
        assert!((got - want).abs() <= want * 1e-4, "{got}, want {want}");
    }

    #[test]
    fn fisher_gives_the_textbook_values() {
        // The lady tasting tea: 3 of 4 right; all 4 right.
        near(fisher(Part::new(1, 4), Part::new(3, 4)), 34.0 / 70.0);
        near(fisher(Part::new(0, 4), Part::new(4, 4)), 2.0 / 70.0);
        near(least_fisher(Part::new(1, 4), Part::new(3, 4)), 2.0 / 70.0);
        // Unequal groups: 0 of 2, 3 of 3: one of ten ways, and none is as unlikely.
        near(fisher(Part::new(0, 2), Part::new(3, 3)), 0.1);
        assert!((fisher(Part::new(5, 100), Part::new(5, 100)) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn fisher_is_symmetric_and_total() {
        for (a, n1, b, n2) in [(3, 50, 9, 70), (0, 1, 1, 1), (200, 90_000, 400, 100_000)] {
            let p = fisher(Part::new(a, n1), Part::new(b, n2));
            near(fisher(Part::new(b, n2), Part::new(a, n1)), p);
            near(fisher(Part::new(n1 - a, n1), Part::new(n2 - b, n2)), p);
        }
        for part in [Part::new(0, 0), Part::new(7, 7), Part::new(0, u64::MAX)] {
            for other in [
                Part::new(0, 0),
                Part::new(7, 7),
                Part::new(u64::MAX, u64::MAX),
            ] {
                let p = fisher(part, other);
                assert!((0.0..=1.0).contains(&p), "{part:?} {other:?}: {p}");
            }
        }
    }

    #[test]
    fn exact_and_approximate_agree_where_they_meet() {
        let (old, new) = (Part::new(2000, 1_000_000), Part::new(2190, 1_000_000));
        let split = Split::new(old, new).unwrap();
        let (exact, normal) = (split.exact(2190), student(score(old, new), MAX_FREEDOM));
        assert!((exact / normal - 1.0).abs() < 0.1, "{exact} {normal}");
    }

    #[test]
    fn student_gives_the_tables_values() {
        // Critical values of the printed tables.
        for (t, freedom, p) in [
            (2.776_445, 4, 0.05),
            (2.228_139, 10, 0.05),
            (3.169_273, 10, 0.01),
            (2.042_272, 30, 0.05),
            (3.645_959, 30, 0.001),
            (1.983_972, 100, 0.05),
            (3.390_491, 100, 0.001),
        ] {
            near(student(t, freedom), p);
            near(student(t, freedom + 1), p);
        }
        // Two degrees have a closed form; far out it must not lose its digits.
        let (t, s2) = (1e4_f64, 1e8 / (2.0 + 1e8));
        near(student(t, 2), (2.0 / (2.0 + 1e8)) / (1.0 + f64::sqrt(s2)));
        assert!(student(40.0, 400) < 1e-100);
        assert!(student(0.0, 10) >= 1.0 && student(f64::NAN, 10) >= 1.0);
    }
}
