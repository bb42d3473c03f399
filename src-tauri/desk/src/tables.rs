//! Many exports from a table: pasted from a spreadsheet, a CSV file, or JSON Lines.

use landfall_engine::batch::{Batch, Row};
use landfall_engine::connector::{Connector, Params};
use landfall_wire::{ErrorCode, Failure, JobId, NewExport, ParamFlaw, TableCheck, TableRow};
use serde_json::{Map, Value};

use crate::desk::Desk;
use crate::forms::{flaw, slip};

/// So many rows are shown that can be asked for; and as many that cannot.
const SHOWN: usize = 500;

/// No table makes more exports.
const MOST: usize = 10_000;

/// No table is longer, in bytes.
const LONGEST: usize = 16 << 20;

impl Desk {
    /// Looks at a table (CSV, or pasted with tabs) or JSON Lines before anything is asked for.
    pub async fn check_table(&self, connection: String, text: String) -> Result<TableCheck, Failure> {
        let connector = self.connector_of(&connection)?;
        let reader = connector.clone();
        let batch = match self.blocking(move || read(&reader, &text)).await? {
            Ok(batch) => batch,
            Err(flaw) => {
                let flaw = Some(self.flaw_told(flaw));
                return Ok(TableCheck { flaw, columns: Vec::new(), rows: Vec::new(), total: 0, exports: 0, flawed: 0 });
            }
        };
        let given: Vec<Map<String, Value>> = (0..batch.rows.len()).map(|row| batch.given(row)).collect();
        let columns = columns(&connector, &given);
        let flawed = batch.rows.iter().filter(|row| row.wishes.is_err()).count();
        // Those that want mending come with the first ones, however far down they stand.
        let mut good = 0;
        let shown = batch.rows.iter().zip(&given).filter(|(row, _)| {
            good += usize::from(row.wishes.is_ok());
            row.wishes.is_err() || good <= SHOWN
        });
        let rows = shown.take(2 * SHOWN).map(|(row, given)| self.table_row(&connector, &columns, row, given)).collect();
        let exports = batch.rows.iter().filter_map(|row| row.wishes.as_ref().ok()).map(Vec::len).sum();
        Ok(TableCheck { flaw: None, columns, rows, total: batch.rows.len(), exports, flawed })
    }

    /// Asks for every row that makes sense.
    pub async fn request_table(&self, wanted: NewExport, text: String) -> Result<Vec<JobId>, Failure> {
        let connector = self.connector_of(&wanted.connection)?;
        let batch = self.blocking(move || read(&connector, &text)).await?.map_err(|flaw| slip(&flaw))?;
        let wishes: Vec<Params> = batch.rows.into_iter().filter_map(|row| row.wishes.ok()).flatten().collect();
        if wishes.is_empty() {
            return Err(Failure::new(ErrorCode::JobCreationFailed, "No row of the table can be asked for")
                .with_remediation("Mend the rows that are marked"));
        }
        if wishes.len() > MOST {
            let message = format!("The table asks for {} exports", wishes.len());
            return Err(Failure::new(ErrorCode::JobCreationFailed, message)
                .with_remediation(format!("Ask for at most {MOST} at once")));
        }
        if wanted.name.is_some() && wishes.len() > 1 {
            return Err(Failure::new(
                ErrorCode::JobCreationFailed,
                "A name is one file's, and the table asks for several",
            )
            .with_remediation("Leave the name empty"));
        }
        self.ask(&wanted, wishes).await
    }

    fn table_row(&self, connector: &Connector, columns: &[String], row: &Row, given: &Map<String, Value>) -> TableRow {
        let cell = |column: &String| match given.get(column) {
            Some(Value::String(text)) => text.clone(),
            Some(value) => value.to_string(),
            None => String::new(),
        };
        let title = match &row.wishes {
            Ok(wishes) => match wishes.as_slice() {
                [] => String::new(),
                [one] => self.title(connector, one),
                [first, more @ ..] => format!("{} (+{})", self.title(connector, first), more.len()),
            },
            Err(_) => String::new(),
        };
        TableRow {
            line: usize::try_from(row.line).unwrap_or(usize::MAX),
            title,
            cells: columns.iter().map(cell).collect(),
            flaw: row.wishes.as_ref().err().map(|problem| self.flaw_told(flaw(problem))),
        }
    }
}

/// What begins like an object is JSON Lines; everything else is a table, whose separator shows in its first line.
fn read(connector: &Connector, text: &str) -> Result<Batch, ParamFlaw> {
    if text.len() > LONGEST {
        return Err(whole("The table is too long; cut it into several"));
    }
    let bare = text.trim_start_matches('\u{FEFF}').trim_start();
    let name = if bare.starts_with('{') { "table.jsonl" } else { "table.csv" };
    let batch = Batch::read(connector, name, text)
        .map_err(|unreadable| whole(&format!("{}; {}", unreadable.message, unreadable.hint)))?;
    if batch.rows.is_empty() {
        return Err(whole("The table has no rows; put the names of the fields into the first line"));
    }
    Ok(batch)
}

fn whole(message: &str) -> ParamFlaw {
    ParamFlaw { param: None, message: message.to_owned() }
}

/// The fields that any row gives, in the connector's order, and after them names that are none of its.
fn columns(connector: &Connector, given: &[Map<String, Value>]) -> Vec<String> {
    let is_given = |name: &str| given.iter().any(|row| row.contains_key(name));
    let mut columns: Vec<String> =
        connector.params().iter().map(|param| param.name.clone()).filter(|name| is_given(name)).collect();
    let mut known: std::collections::BTreeSet<String> = columns.iter().cloned().collect();
    for name in given.iter().take(SHOWN).flat_map(Map::keys) {
        if known.insert(name.clone()) {
            columns.push(name.clone());
        }
    }
    columns.truncate(64);
    columns
}
