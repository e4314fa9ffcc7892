//! A purple run on a terminal: what went through first, then what a single control holds, then the rest.

use crate::group::plural;
use crate::text::{clean, cut, hang};
use anstyle::{AnsiColor, Style};
use std::fmt::Write;
use tyrian_model::purple::{Attempt, Outcome, Prevention, Run, Visibility};

/// One run. With `all`, also every attempt that more than one control stops, and those that do not apply.
pub fn render(run: &Run, all: bool, columns: usize) -> String {
    let mut out = String::new();
    head(&mut out, run, columns);
    let of = |wanted: fn(&Attempt) -> bool| run.attempts.iter().filter(|a| wanted(a)).collect::<Vec<_>>();
    let through = of(|attempt| attempt.prevention == Some(Prevention::NotBlocked));
    let partial = of(|attempt| attempt.prevention == Some(Prevention::Partial));
    let thin = of(|attempt| is_blocked(attempt) && attempt.sole.is_some());
    let deep = of(|attempt| is_blocked(attempt) && attempt.sole.is_none());
    let untold = of(|attempt| attempt.outcome == Outcome::Inconclusive);
    let others = of(|attempt| matches!(attempt.outcome, Outcome::NotApplicable | Outcome::NotRun));
    section(&mut out, "Went through", AnsiColor::Red, &through, columns, |attempt| {
        let depth = attempt.depth.map_or("", |depth| match depth {
            tyrian_model::purple::Depth::Reach => "reach",
            tyrian_model::purple::Depth::Primitive => "primitive",
            tyrian_model::purple::Depth::Effect => "effect",
        });
        let expected = attempt.controls.join(", ");
        if expected.is_empty() {
            depth.to_owned()
        } else {
            format!("{depth}; in force and did not stop it: {expected}")
        }
    });
    section(&mut out, "Partly stopped", AnsiColor::Yellow, &partial, columns, held);
    section(&mut out, "Only one control stands between", AnsiColor::Yellow, &thin, columns, held);
    if all {
        section(&mut out, "Blocked", AnsiColor::Green, &deep, columns, held);
    }
    section(&mut out, "Cannot be told", AnsiColor::Magenta, &untold, columns, |attempt| {
        attempt.reason.clone().unwrap_or_default()
    });
    if all {
        section(&mut out, "Not tried", AnsiColor::BrightBlack, &others, columns, |attempt| {
            attempt.reason.clone().unwrap_or_else(|| "nobody asked for it".into())
        });
    } else if !deep.is_empty() || !others.is_empty() {
        let more = [
            (deep.len(), "blocked by more than one control or by one not told"),
            (others.len(), "not tried"),
        ];
        let more: Vec<String> = more
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        let _ = writeln!(out, "\n{} (--all shows them)", more.join(", "));
    }
    for detector in &run.detectors {
        let word = if detector.heard { "heard" } else { "deaf: that it said nothing says nothing" };
        let remark = detector.remark.as_deref().map(|remark| format!(" ({remark})")).unwrap_or_default();
        let _ =
            writeln!(out, "{}", cut(&clean(&format!("detector {}: {word}{remark}", detector.name)), columns));
    }
    out
}

fn is_blocked(attempt: &Attempt) -> bool {
    attempt.prevention == Some(Prevention::Blocked)
}

fn head(out: &mut String, run: &Run, columns: usize) {
    let bold = Style::new().bold();
    let name = cut(&clean(&run.target), columns);
    let _ = writeln!(out, "{bold}{name}{bold:#}");
    let about = format!(
        "run {} by {}; {}; kernel {}; {}",
        run.id, run.who, run.basis.runtime, run.basis.kernel, run.driver
    );
    let _ = writeln!(out, "{}", cut(&clean(&about), columns));
    let count = |wanted: Prevention| run.attempts.iter().filter(|a| a.prevention == Some(wanted)).count();
    let _ = writeln!(
        out,
        "{} of {}; {} blocked, {} partly, {} not; {}.{:02} s{}",
        plural(run.attempts.iter().filter(|a| a.outcome == Outcome::Ran).count(), "attempt"),
        plural(run.techniques.tried, "technique"),
        count(Prevention::Blocked),
        count(Prevention::Partial),
        count(Prevention::NotBlocked),
        run.milliseconds / 1000,
        run.milliseconds % 1000 / 10,
        if run.whole { "" } else { "; stopped before its end" }
    );
    if run.proposed {
        let text = "of settings that it does not have yet: the outcomes count once it has them";
        out.push_str(&hang(text, columns, "", ""));
    }
    if !run.attributed && count(Prevention::Blocked) > 0 {
        let text = "what stopped each attempt was not looked for, so nothing is said of controls but the marked stopper: \
                    --attribute tries each alone";
        out.push_str(&hang(text, columns, "", ""));
    }
}

/// What stopped an attempt, in words.
pub fn held(attempt: &Attempt) -> String {
    let mut text = attempt.errno.clone().unwrap_or_default();
    if let Some(step) = &attempt.step {
        text = format!("{step} {text}");
    }
    if let Some(stopper) = &attempt.stopper {
        let _ = write!(text, ", by {stopper}");
    }
    if let Some(sole) = &attempt.sole {
        let by = if attempt.stopper.as_ref() == Some(sole) { "it".into() } else { sole.clone() };
        let _ = write!(text, "; {by} alone stands between");
    }
    let others: Vec<&str> = attempt
        .sufficient
        .iter()
        .filter(|control| {
            Some(*control) != attempt.stopper.as_ref() && Some(*control) != attempt.sole.as_ref()
        })
        .map(String::as_str)
        .collect();
    if !others.is_empty() {
        let _ = write!(text, "; {} would have, alone", others.join(", "));
    }
    if !attempt.capabilities.is_empty() {
        let _ = write!(text, " (lacks {})", attempt.capabilities.join(", "));
    }
    if !attempt.masked.is_empty() {
        let _ = write!(text, "; masked: {}", attempt.masked.join(", "));
    }
    if let Some(reason) = &attempt.reason {
        let _ = write!(text, "; {reason}");
    }
    text
}

fn section(
    out: &mut String,
    title: &str,
    color: AnsiColor,
    attempts: &[&Attempt],
    columns: usize,
    say: impl Fn(&Attempt) -> String,
) {
    if attempts.is_empty() {
        return;
    }
    let style = Style::new().fg_color(Some(color.into())).bold();
    let _ = writeln!(out, "\n{style}{title}{style:#} ({})", attempts.len());
    // Ways of one technique that came to the same stand together.
    let mut groups: Vec<(&str, String, Vec<&str>)> = Vec::new();
    for attempt in attempts {
        let seen = match attempt.visibility {
            Visibility::Alerted => " [alerted]",
            Visibility::Logged => " [logged]",
            Visibility::None => "",
        };
        let said = format!("{}{seen}", say(attempt));
        match groups.iter_mut().find(|(name, text, _)| *name == attempt.technique && *text == said) {
            Some((_, _, ways)) => ways.push(&attempt.variant),
            None => groups.push((&attempt.technique, said, vec![&attempt.variant])),
        }
    }
    for (technique, said, ways) in groups {
        let head = clean(&format!("{technique}: {}", ways.join(", ")));
        out.push_str(&hang(&head, columns, "  ", "    "));
        if !said.is_empty() {
            out.push_str(&hang(&clean(&said), columns, "      ", "      "));
        }
    }
}
