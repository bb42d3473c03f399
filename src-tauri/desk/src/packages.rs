//! Landed packages: what is in them, and how two differ.

use std::path::{Path, PathBuf};

use landfall_engine::package::{
    Bounds, Change, ChangedComponent, Comparison, Form, Listing, ManifestSpec, Named, Package, Shown, compare,
    open_as_any,
};
use landfall_wire::{
    ChangeView, ComparisonView, ComponentChange, ErrorCode, Failure, JobId, PackageComponent, PackageView,
};

use crate::desk::{Desk, lock};
use crate::language::Tongue;
use crate::phrases;

/// What a package may take for a window: a person waits for it.
const BOUNDS: fn() -> Bounds = || Bounds { entries: 20_000, bytes: 4 << 30, ..Bounds::default() };

/// A package that has landed, closed.
#[derive(Debug)]
struct Landed {
    path: PathBuf,
    specs: Vec<ManifestSpec>,
    title: String,
}

impl Landed {
    fn open(&self) -> Result<Package, Failure> {
        open_as_any(&self.path, &self.specs, &BOUNDS())
    }
}

impl Desk {
    /// What a landed package holds.
    pub async fn components(&self, id: JobId) -> Result<PackageView, Failure> {
        let landed = self.package(&id).await?;
        let tongue = self.tongue();
        self.blocking(move || {
            let listing = landed.open()?.into_listing();
            let known: Vec<&str> = landed.specs.iter().flat_map(|spec| spec.kinds.keys().map(String::as_str)).collect();
            Ok(view(name_of(&landed.path), &listing, &known, tongue))
        })
        .await?
    }

    /// Two landed packages side by side.
    pub async fn compare(&self, left: JobId, right: JobId) -> Result<ComparisonView, Failure> {
        let (left, right) = (self.package(&left).await?, self.package(&right).await?);
        let tongue = self.tongue();
        self.blocking(move || {
            let comparison = compare(&mut left.open()?, &mut right.open()?)?;
            Ok(told(left.title, right.title, comparison, tongue))
        })
        .await?
    }

    async fn package(&self, id: &JobId) -> Result<Landed, Failure> {
        let job = self.job(id).await?;
        let spec = self.connector(&job.wish.connector)?.manifest().cloned();
        let title = lock(&self.labels).get(id).map(|label| label.title().to_owned()).unwrap_or_default();
        match (job.state.files(), spec) {
            ([file], Some(spec)) => Ok(Landed { path: file.path.clone(), specs: vec![spec], title }),
            _ => Err(Failure::new(ErrorCode::ValidationFailed, "It is no package that has landed")
                .with_remediation("Choose an export that brought a package")),
        }
    }
}

fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn view(name: String, listing: &Listing, known: &[&str], tongue: Tongue) -> PackageView {
    let form = match listing.form {
        Form::Zip => "ZIP",
        Form::Json => "JSON",
    };
    let mut facts = vec![
        (tongue.pick("Form", "Form", "形式").to_owned(), form.to_owned()),
        (tongue.pick("Components", "Bestandteile", "组件").to_owned(), listing.components.len().to_string()),
    ];
    if listing.others > 0 {
        let label = tongue.pick("Other files", "Weitere Dateien", "其他文件");
        facts.push((label.to_owned(), listing.others.to_string()));
    }
    let components = listing.components.iter().map(|component| PackageComponent {
        provider: component.kind.clone(),
        is_known: known.contains(&component.provider.as_str()),
        name: component.name.clone(),
        size: component.size,
    });
    PackageView { name, facts, components: components.collect() }
}

fn told(left: String, right: String, comparison: Comparison, tongue: Tongue) -> ComparisonView {
    let alone =
        |named: Named, change| ComponentChange { provider: named.kind, name: named.name, change, values: Vec::new() };
    let mut components: Vec<ComponentChange> =
        comparison.added.into_iter().map(|named| alone(named, ChangeView::Added)).collect();
    components.extend(comparison.removed.into_iter().map(|named| alone(named, ChangeView::Removed)));
    components.extend(comparison.changed.into_iter().map(|component| changed(component, tongue)));
    components.sort_by(|one, other| (&one.provider, &one.name).cmp(&(&other.provider, &other.name)));
    ComparisonView { left, right, components, same: comparison.same }
}

fn changed(component: ChangedComponent, tongue: Tongue) -> ComponentChange {
    let book = phrases::book(tongue);
    let mut values: Vec<(String, Option<String>, Option<String>)> = component
        .changes
        .into_iter()
        .map(|change| match change {
            Change::Value { pointer, from, to } => (pointer, shown(from, tongue), shown(to, tongue)),
            Change::Order { pointer, elements, moved } => {
                (pointer, None, Some(book.say(&format!("{moved} of {elements} elements in another order"))))
            }
        })
        .collect();
    if component.more > 0 {
        values.push(("…".into(), None, Some(book.say(&format!("and {} more", component.more)))));
    }
    ComponentChange { provider: component.kind, name: component.name, change: ChangeView::Changed, values }
}

fn shown(shown: Shown, tongue: Tongue) -> Option<String> {
    match shown {
        Shown::Missing => None,
        Shown::Value(value) => Some(value.as_str().map_or_else(|| value.to_string(), str::to_owned)),
        Shown::Summary(words) => Some(phrases::book(tongue).say(&words)),
    }
}
