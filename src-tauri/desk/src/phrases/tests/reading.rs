//! Reads sentences out of a Rust source, as the compiler would see them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use proc_macro2::{TokenStream, TokenTree};
use syn::parse::Parser as _;
use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{Attribute, Expr, ExprLit, Lit, LitStr, Token};

use super::keys;

/// Macros whose first text is a format, or whose second is.
const FORMATS: [&str; 4] = ["format", "format_args", "write", "writeln"];

/// Macros that speak to a log or to whoever wrote the program, and those whose texts are keys.
const UNHEARD: [&str; 22] = [
    "trace",
    "debug",
    "info",
    "warn",
    "error",
    "event",
    "assert",
    "assert_eq",
    "assert_ne",
    "debug_assert",
    "panic",
    "unreachable",
    "todo",
    "matches",
    "json",
    "env",
    "concat",
    "stringify",
    "include_str",
    "include_bytes",
    "generate_handler",
    "generate_context",
];

/// Calls that nobody hears whatever they are given: the last is given all languages at once.
const SILENT: [&str; 3] = ["expect", "expect_err", "pick"];

/// Calls that look for a text; what they are given as a text is not said.
const LOOKING: [&str; 14] = [
    "contains",
    "starts_with",
    "ends_with",
    "strip_prefix",
    "strip_suffix",
    "find",
    "split",
    "split_once",
    "rsplit_once",
    "replace",
    "trim_matches",
    "trim_start_matches",
    "trim_end_matches",
    "eq_ignore_ascii_case",
];

/// Calls by which something is said: what they are given as a text is a sentence even when it is one word.
const SAYING: [&str; 9] = ["new", "with_remediation", "note", "refuse", "go_on", "busy", "told", "unfit", "content"];

/// What a connector file's reader is told by these is for whoever writes such a file.
const GRAMMAR: [&str; 4] = ["note", "needed", "items", "wrong"];

/// Sentences by their keys, each with the files it stands in.
pub(super) type Sentences = BTreeMap<String, BTreeSet<String>>;

/// What was read.
#[derive(Default)]
pub(super) struct Read {
    pub(super) sentences: Sentences,
    /// What a connector file's author is told of it.
    pub(super) findings: Sentences,
}

/// How a source is read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manner {
    /// Its findings and hints are for whoever writes connector files.
    pub(super) for_authors: bool,
    /// Its `#[error]`s are not for a person.
    pub(super) errors_are_logged: bool,
}

/// The sentences of one source.
pub(super) fn read(file: &str, source: &str, manner: Manner, found: &mut Read) {
    let parsed = syn::parse_file(source).unwrap_or_else(|error| panic!("{file} is no Rust: {error}"));
    let mut texts = Texts::default();
    texts.visit_file(&parsed);
    Reader { file, texts: texts.0, manner, in_finding: false, found }.visit_file(&parsed);
}

/// The texts that a source gives a name: they are part of the sentence that they are put into.
#[derive(Default)]
struct Texts(HashMap<String, String>);

impl<'ast> Visit<'ast> for Texts {
    fn visit_item_const(&mut self, item: &'ast syn::ItemConst) {
        if let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = &*item.expr {
            self.0.insert(item.ident.to_string(), text.value());
        }
    }
}

struct Reader<'s> {
    file: &'s str,
    texts: HashMap<String, String>,
    manner: Manner,
    in_finding: bool,
    found: &'s mut Read,
}

impl Reader<'_> {
    fn found(&mut self, key: String) {
        let is_hint = self.manner.for_authors && key.starts_with("write ") && key != "write {}";
        let found = if self.in_finding || is_hint { &mut self.found.findings } else { &mut self.found.sentences };
        found.entry(key).or_default().insert(self.file.to_owned());
    }

    /// A text as it stands; one word is a sentence only where something is said for certain.
    fn plain(&mut self, text: &str, said: bool) {
        if keys::is_sentence(text, said) {
            self.found(keys::of_text(text));
        }
    }

    /// A format, of which only what is its own makes a sentence.
    fn format(&mut self, text: &str, said: bool) {
        let (key, own) = keys::of_format(text, &self.texts);
        if keys::is_sentence(&own, said) {
            self.found(key);
        }
    }

    fn macro_body(&mut self, name: &str, tokens: &TokenStream) {
        if UNHEARD.contains(&name) {
            return;
        }
        let arguments = Punctuated::<Expr, Token![,]>::parse_terminated.parse2(tokens.clone());
        match arguments {
            Ok(arguments) if FORMATS.contains(&name) => {
                let mut is_format = true;
                for argument in &arguments {
                    match argument {
                        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) if std::mem::take(&mut is_format) => {
                            self.format(&text.value(), false);
                        }
                        other => self.visit_expr(other),
                    }
                }
            }
            Ok(arguments) => arguments.iter().for_each(|argument| self.visit_expr(argument)),
            Err(_) => self.tokens(tokens.clone()),
        }
    }

    /// What no grammar of ours reads, such as `select!`: every macro and every text in it.
    fn tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            match (token, tokens.get(at + 1), tokens.get(at + 2)) {
                (TokenTree::Ident(name), Some(TokenTree::Punct(mark)), Some(TokenTree::Group(body)))
                    if mark.as_char() == '!' =>
                {
                    self.macro_body(&name.to_string(), &body.stream());
                    at += 2;
                }
                (TokenTree::Group(group), ..) => self.tokens(group.stream()),
                (TokenTree::Literal(literal), ..) => {
                    if let Ok(text) = syn::parse_str::<LitStr>(&literal.to_string()) {
                        self.plain(&text.value(), false);
                    }
                }
                _ => {}
            }
            at += 1;
        }
    }

    /// What a call is given, by its name.
    fn arguments<'ast>(&mut self, name: &str, arguments: impl Iterator<Item = &'ast Expr>) {
        if SILENT.contains(&name) {
            return;
        }
        let before = self.in_finding;
        self.in_finding |= self.manner.for_authors && GRAMMAR.contains(&name);
        for argument in arguments {
            match bare(argument) {
                Expr::Lit(ExprLit { lit: Lit::Str(_), .. }) if LOOKING.contains(&name) => {}
                Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) if SAYING.contains(&name) => {
                    self.plain(&text.value(), true);
                }
                _ => self.visit_expr(argument),
            }
        }
        self.in_finding = before;
    }
}

/// Without `&` before it and `.into()` behind it.
fn bare(expression: &Expr) -> &Expr {
    match expression {
        Expr::Reference(reference) => bare(&reference.expr),
        Expr::MethodCall(call) if ["into", "to_owned", "to_string"].contains(&call.method.to_string().as_str()) => {
            bare(&call.receiver)
        }
        other => other,
    }
}

fn is_of_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let path = attribute.path();
        path.is_ident("test")
            || (path.is_ident("cfg")
                && attribute.meta.require_list().is_ok_and(|list| list.tokens.to_string() == "test"))
    })
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !is_of_tests(&item.attrs) {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        if !is_of_tests(&item.attrs) {
            visit::visit_item_fn(self, item);
        }
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if attribute.path().is_ident("error")
            && !self.manner.errors_are_logged
            && let Ok(list) = attribute.meta.require_list()
            && let Some(TokenTree::Literal(first)) = list.tokens.clone().into_iter().next()
            && let Ok(text) = syn::parse_str::<LitStr>(&first.to_string())
        {
            self.format(&text.value(), true);
        }
    }

    fn visit_pat(&mut self, _: &'ast syn::Pat) {}

    fn visit_item_macro(&mut self, _: &'ast syn::ItemMacro) {}

    fn visit_lit_str(&mut self, text: &'ast LitStr) {
        self.plain(&text.value(), false);
    }

    fn visit_macro(&mut self, called: &'ast syn::Macro) {
        let name = called.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
        self.macro_body(&name, &called.tokens);
    }

    fn visit_expr_binary(&mut self, binary: &'ast syn::ExprBinary) {
        let compares = matches!(binary.op, syn::BinOp::Eq(_) | syn::BinOp::Ne(_));
        for side in [&*binary.left, &*binary.right] {
            if !compares || !matches!(side, Expr::Lit(_)) {
                self.visit_expr(side);
            }
        }
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        self.visit_expr(&call.receiver);
        self.arguments(&call.method.to_string(), call.args.iter());
    }

    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        let name = match &*call.func {
            Expr::Path(path) => {
                let mut names = path.path.segments.iter().rev().map(|segment| segment.ident.to_string());
                match (names.next(), names.next()) {
                    (Some(name), of) if name == "new" && of.as_deref() != Some("Failure") => "anything".to_owned(),
                    (name, _) => name.unwrap_or_default(),
                }
            }
            other => {
                self.visit_expr(other);
                String::new()
            }
        };
        self.arguments(&name, call.args.iter());
    }
}
