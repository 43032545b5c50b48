//! The `dslog` command: parse, run, exit code.

use clap::{CommandFactory, Parser};
use dslog::catalog::Catalog;
use dslog::cli::{self, Cli, Command};
use dslog::commands::{analyze, arguments, console, diff, explain, fields, generate, grep, index};
use dslog::fault::{Error, Result};
use dslog::generate::Plan;
use dslog::record::unwrap;
use std::io::Write;
use std::process::ExitCode;

fn main() -> ExitCode {
    let code = parse().and_then(|cli| cli.map_or(Ok(0), |cli| run(cli.command)));
    let code = code.unwrap_or_else(|error| {
        // If nobody can read it, the exit code still tells.
        let _ = writeln!(std::io::stderr(), "dslog: {error}");
        2
    });
    ExitCode::from(code)
}

/// The arguments; none where help or a version was asked for, and given. Wrong ones end
/// the program.
fn parse() -> Result<Option<Cli>> {
    let asked = match Cli::try_parse() {
        Ok(cli) => return Ok(Some(cli)),
        Err(error) if error.use_stderr() => error.exit(),
        Err(asked) => asked,
    };
    // Like any other answer: clap would not tell that it cannot be written.
    console::to_stdout(|_| asked.print()).map(|()| None)
}

fn run(command: Command) -> Result<u8> {
    match command {
        Command::Analyze(args) => analyze::run(&args),
        Command::Index(args) => index::run(&args),
        Command::Fields(args) => fields::run(&args),
        Command::Grep(args) => grep::run(&args),
        Command::Explain(args) => explain(args),
        Command::Diff(args) => diff::run(&args),
        Command::Generate(args) => generate(&args),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "dslog", &mut script);
            console::to_stdout(|out| out.write_all(&script)).map(|()| 0)
        }
        Command::Man { subcommand } => man(subcommand.as_deref()),
    }
}

fn man(subcommand: Option<&str>) -> Result<u8> {
    let mut cli = Cli::command();
    // Gives the subcommands their whole names.
    cli.build();
    let shown: Vec<&clap::Command> = cli
        .get_subcommands()
        .filter(|command| !command.is_hide_set())
        .collect();
    let page = match subcommand {
        None => cli.clone(),
        Some(name) => match shown.iter().find(|command| command.get_name() == name) {
            Some(command) => (*command).clone(),
            None => {
                let names: Vec<_> = shown.iter().map(|command| command.get_name()).collect();
                return Err(
                    Error::new(format!("there is no subcommand {name:?}")).hint(names.join(", "))
                );
            }
        },
    };
    let page = clap_mangen::Man::new(page);
    console::to_stdout(|mut out| page.render(&mut out)).map(|()| 0)
}

fn explain(args: cli::Explain) -> Result<u8> {
    let asked = explain::ExplainArgs {
        query: args.query,
        format: match args.format.as_str() {
            "json" => explain::Format::Json,
            "md" => explain::Format::Md,
            _ => explain::Format::Text,
        },
        lang: arguments::lang(args.look.lang),
        catalogue: args.catalogue,
        width: console::width(),
        color: console::color(args.look.color, true),
    };
    let dig = |text: &str| {
        let dug = unwrap::dig(text);
        let host = dug.provider_host.map(|host| format!("\"{host}\""));
        explain::Dug {
            code: dug.code,
            message: dug.message,
            status: dug.status,
            request_id: dug.request_id,
            provider: host.and_then(|host| Catalog::shipped().provider_of(host.as_bytes())),
        }
    };
    explain::run(
        &asked,
        &dig,
        &mut std::io::stdin().lock(),
        &mut std::io::stdout().lock(),
    )
}

fn generate(args: &cli::Generate) -> Result<u8> {
    let profile = args
        .profile
        .parse()
        .map_err(|error| Error::new(format!("{error}")))?;
    let mut plan = Plan::new(profile, args.lines, args.seed);
    plan.torn_tail = args.torn_tail;
    if let Some(minutes) = args.minutes {
        plan.minutes = minutes;
    }
    generate::run(&plan, args.output.as_deref(), args.truth.as_deref()).map(|()| 0)
}
