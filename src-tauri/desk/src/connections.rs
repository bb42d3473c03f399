//! Connections and their secrets.

use std::collections::BTreeMap;
use std::path::PathBuf;

use landfall_engine::connection::{Connection, base_url};
use landfall_engine::connector::Connector;
use landfall_engine::job::Order;
use landfall_engine::net::{self, Network};
use landfall_engine::secrets::{Credentials, Keeping, SafeUrl, Secret, Vault};
use landfall_wire::{
    ConnectionSettings, ConnectionState, ConnectionView, ErrorCode, Failure, JobId, NewConnection, SecretKeeping,
    SecretsView,
};

use crate::desk::{Desk, lock};
use crate::notices::AppNews;

/// No secret is longer, in bytes.
const LONGEST: usize = 64 * 1024;

/// So many submits and downloads at once, at most.
const MOST_AT_ONCE: u32 = 100;

impl Desk {
    /// All, by name.
    pub async fn connections(&self) -> Result<Vec<ConnectionView>, Failure> {
        let connections = self.engine.connections();
        let all = self.blocking(move || connections.all()).await??;
        Ok(all.iter().map(|connection| self.connection_view(connection)).collect())
    }

    /// What keeping of secrets there is.
    pub async fn secrets(&self) -> Result<SecretsView, Failure> {
        // A keychain talks over its own bus.
        let vault = self.engine.vault().clone();
        let (refusal, file_is_new) = self.blocking(move || (Vault::keychain_refusal(), vault.is_new())).await?;
        Ok(SecretsView {
            keychain: refusal.is_none(),
            why_not: refusal.map(|failure| self.say(&failure.message)),
            file_is_open: self.engine.vault().is_unlocked(),
            file_is_new,
        })
    }

    /// Opens the sealed file of secrets, or makes it with this pass phrase; what waited for them goes on.
    pub async fn unlock_secrets(&self, pass_phrase: String) -> Result<(), Failure> {
        let (vault, phrase) = (self.engine.vault().clone(), Secret::new(pass_phrase));
        self.blocking(move || vault.unlock(phrase)).await??;
        for connection in self.engine.connections().all()? {
            if connection.secrets == Keeping::File {
                self.let_in(&connection.name).await?;
            }
        }
        Ok(())
    }

    /// Tries the sign-in, then keeps the connection. A refused sign-in is never kept; a server that cannot be reached only
    /// where that was said to be fine.
    pub async fn add_connection(&self, wanted: NewConnection) -> Result<ConnectionView, Failure> {
        let connections = self.engine.connections();
        let before = if connections.has(&wanted.name)? { Some(connections.get(&wanted.name)?) } else { None };
        let connector = self.connector(&wanted.connector)?;
        let connection = self.described(&wanted, &connector).await?;
        let credentials = credentials(&connector, wanted.secrets)?;
        if before.is_some() && !self.active_of(&connection.name).is_empty() {
            return Err(busy(&connection.name, "changed"));
        }
        let state = self.try_out(&connection, &credentials, wanted.untested).await?;
        self.keep(connection.clone(), credentials, before).await?;
        self.stands(&connection.name, state);
        self.names_changed()?;
        Ok(self.connection_view(&connection))
    }

    /// Tries the connection out as it would be, with the secrets it has, then keeps that. Its exports go on by the new one.
    pub async fn change_connection(
        &self,
        connection: String,
        settings: ConnectionSettings,
        untested: bool,
    ) -> Result<ConnectionView, Failure> {
        let known = self.engine.connections().get(&connection)?;
        self.must_be_readable(&known)?;
        let changed = self.set(known.clone(), &settings).await?;
        let (vault, before) = (self.engine.vault().clone(), known.clone());
        let credentials = self.blocking(move || vault.get(before.secrets, &before.name)).await??;
        let state = self.try_out(&changed, &credentials, untested).await?;
        // What exports under way heard by the old one ends here.
        self.keep(changed.clone(), credentials, Some(known)).await?;
        self.stands(&changed.name, state);
        Ok(self.connection_view(&changed))
    }

    /// Tries other secrets, keeps them, and lets go on what waits for them.
    pub async fn sign_in(&self, connection: String, secrets: BTreeMap<String, String>) -> Result<(), Failure> {
        let known = self.engine.connections().get(&connection)?;
        let credentials = credentials(self.connector(&known.connector)?.as_ref(), secrets)?;
        self.must_be_readable(&known)?;
        let state = self.try_out(&known, &credentials, false).await?;
        let (vault, keeping, name) = (self.engine.vault().clone(), known.secrets, connection.clone());
        self.blocking(move || vault.put(keeping, &name, &credentials)).await??;
        self.stands(&connection, state);
        self.let_in(&connection).await?;
        // What failed for the sign-in is tried again with the new one.
        for id in self.failed_at_the_door(&connection).await? {
            self.engine.order_at_rest(&id, Order::Retry).await?;
            self.hold(std::slice::from_ref(&id)).await?;
            self.engine.carry(&id).await?;
        }
        Ok(())
    }

    /// Asks the server whether the connection works.
    pub async fn test_connection(&self, connection: String) -> Result<(), Failure> {
        let tested = self.engine.test(&connection).await.map(drop);
        self.heard_from(&connection, &tested);
        if tested.is_ok() {
            // A keychain that was locked, or a file that was closed, is open now: what waited for it goes on.
            self.let_in(&connection).await?;
        }
        tested
    }

    /// Takes a connection and its secrets away; refused while jobs of it go on.
    pub async fn remove_connection(&self, connection: String) -> Result<(), Failure> {
        let known = self.engine.connections().get(&connection)?;
        if !self.active_of(&connection).is_empty() {
            return Err(busy(&connection, "removed"));
        }
        self.engine.close(&connection).await;
        let (vault, connections) = (self.engine.vault().clone(), self.engine.connections());
        let name = connection.clone();
        self.blocking(move || {
            vault.remove(known.secrets, &name)?;
            connections.remove(&name)
        })
        .await??;
        self.allow_instant(&connection, false).await?;
        lock(&self.heard).remove(&connection);
        self.names_changed()
    }

    /// Whether web pages may ask for exports here without a question.
    pub async fn allow_instant_links(&self, connection: String, allowed: bool) -> Result<(), Failure> {
        self.engine.connections().get(&connection)?;
        self.allow_instant(&connection, allowed).await
    }

    /// The connections by name, as they were last looked at.
    pub(crate) fn connection_names(&self) -> Vec<String> {
        lock(&self.names).clone()
    }

    /// Tells of connections whose files cannot be read; the others work.
    pub(crate) async fn tell_of_unreadable(&self) -> Result<(), Failure> {
        let connections = self.engine.connections();
        let (_, unreadable) = self.blocking(move || connections.read_all()).await??;
        for failure in unreadable {
            self.tell_app(AppNews::ConnectionUnreadable(failure.message)).await;
        }
        Ok(())
    }

    /// Looks at the connections again.
    pub(crate) fn names_changed(&self) -> Result<(), Failure> {
        let names = self.engine.connections().all()?.into_iter().map(|connection| connection.name).collect();
        *lock(&self.names) = names;
        self.refresh_around();
        self.board_changed();
        Ok(())
    }

    /// Writes a connection with its secrets, in place of one of before.
    pub(crate) async fn keep(
        &self,
        connection: Connection,
        credentials: Credentials,
        before: Option<Connection>,
    ) -> Result<(), Failure> {
        let carried = self.engine.close(&connection.name).await;
        let (vault, connections) = (self.engine.vault().clone(), self.engine.connections());
        let kept = self.blocking(move || {
            // The secret first: a connection without its token would be worse than a token without its connection.
            vault.put(connection.secrets, &connection.name, &credentials)?;
            connections.put(&connection)?;
            match before.filter(|before| before.secrets != connection.secrets) {
                Some(before) => vault.remove(before.secrets, &before.name),
                None => Ok(()),
            }
        });
        let kept = kept.await;
        // By the one of before where the new one could not be written: nothing stands still.
        let carried_on = self.engine.carry_all(&carried).await.map(drop);
        kept??;
        carried_on
    }

    async fn described(&self, wanted: &NewConnection, connector: &Connector) -> Result<Connection, Failure> {
        let keeping = match wanted.keeping {
            SecretKeeping::Keychain => Keeping::Keychain,
            SecretKeeping::File => Keeping::File,
            SecretKeeping::Session => Keeping::Session,
        };
        self.must_be_open(keeping)?;
        let bare = Connection {
            name: wanted.name.clone(),
            connector: wanted.connector.clone(),
            url: base_url(&wanted.settings.url)?,
            folder: None,
            limit: None,
            certificate_authority: None,
            hosts: confirmed(&wanted.hosts, connector.hosts())?,
            secrets: keeping,
        };
        self.set(bare, &wanted.settings).await
    }

    /// The connection with these settings.
    async fn set(&self, connection: Connection, settings: &ConnectionSettings) -> Result<Connection, Failure> {
        let given = |path: &Option<String>| path.clone().filter(|path| !path.trim().is_empty());
        let folder = match given(&settings.folder) {
            Some(folder) => Some(self.target(Some(&folder), None).await?),
            None => None,
        };
        if settings.limit.is_some_and(|limit| !(1..=MOST_AT_ONCE).contains(&limit)) {
            return Err(slip("So many at once cannot be", "Give a number from 1 to 100, or leave it empty"));
        }
        let certificate_authority = given(&settings.certificate_authority).map(PathBuf::from);
        let network =
            Network { certificate_authorities: certificate_authority.iter().cloned().collect(), ..Network::default() };
        // Certificates that cannot be used would only show at the first export.
        self.blocking(move || net::api_client(&network)).await??;
        Ok(Connection {
            url: base_url(&settings.url)?,
            folder,
            limit: settings.limit,
            certificate_authority,
            ..connection
        })
    }

    /// What a person keeps in the sealed file is sealed with a pass phrase, never with a key file that lies beside it.
    fn must_be_open(&self, keeping: Keeping) -> Result<(), Failure> {
        if keeping == Keeping::File && !self.engine.vault().is_unlocked() { Err(not_open()) } else { Ok(()) }
    }

    fn must_be_readable(&self, known: &Connection) -> Result<(), Failure> {
        if self.engine.vault().is_closed(known.secrets, &known.name) { Err(not_open()) } else { Ok(()) }
    }

    /// How the connection would stand.
    async fn try_out(
        &self,
        connection: &Connection,
        credentials: &Credentials,
        untested: bool,
    ) -> Result<ConnectionState, Failure> {
        match self.engine.try_out(connection.clone(), credentials.clone()).await {
            Err(failure) if untested && failure.code == ErrorCode::NetworkError => Ok(ConnectionState::Unreachable),
            Err(failure) => Err(failure),
            Ok(_) => Ok(ConnectionState::Ready),
        }
    }

    /// What was heard of a connection goes to whoever looks.
    fn stands(&self, connection: &str, state: ConnectionState) {
        self.set_heard(connection, state);
        self.refresh_around();
        self.board_changed();
    }

    fn heard_from(&self, connection: &str, tested: &Result<(), Failure>) {
        let state = match tested {
            Ok(()) => ConnectionState::Ready,
            Err(failure) if failure.code == ErrorCode::AuthenticationError => ConnectionState::NeedsSignIn,
            Err(failure) if failure.code == ErrorCode::NetworkError => ConnectionState::Unreachable,
            Err(_) => return,
        };
        self.stands(connection, state);
    }

    async fn failed_at_the_door(&self, connection: &str) -> Result<Vec<JobId>, Failure> {
        let jobs = self.engine.jobs().await?.into_iter().filter(|job| job.wish.connection == connection);
        let failed = jobs.filter(|job| {
            let failure = job.state.failure();
            matches!(job.state, landfall_engine::job::State::Failed { .. })
                && failure.is_some_and(|failure| failure.code == ErrorCode::AuthenticationError)
        });
        Ok(failed.map(|job| job.wish.id.clone()).collect())
    }

    fn connection_view(&self, connection: &Connection) -> ConnectionView {
        let connector = self.connector(&connection.connector).ok();
        let heard = lock(&self.heard).get(&connection.name).copied();
        ConnectionView {
            name: connection.name.clone(),
            connector: connection.connector.clone(),
            connector_name: connector.map_or_else(|| connection.connector.clone(), |found| found.name().to_owned()),
            settings: ConnectionSettings {
                url: SafeUrl::new(connection.url.clone()).to_string(),
                folder: connection.folder.as_ref().map(|folder| folder.display().to_string()),
                limit: connection.limit,
                certificate_authority: connection.certificate_authority.as_ref().map(|file| file.display().to_string()),
            },
            hosts: connection.hosts.clone(),
            keeping: match connection.secrets {
                Keeping::Keychain => SecretKeeping::Keychain,
                Keeping::File => SecretKeeping::File,
                Keeping::Session => SecretKeeping::Session,
            },
            is_closed: self.engine.vault().is_closed(connection.secrets, &connection.name),
            state: heard.unwrap_or(ConnectionState::Unknown),
            active: self.active_of(&connection.name).len(),
            instant_links: lock(&self.links).is_instant(&connection.name),
        }
    }
}

fn not_open() -> Failure {
    Failure::new(ErrorCode::AuthenticationError, "The sealed file of secrets is not open")
        .with_remediation("Type its pass phrase first")
}

/// The secrets that were typed, as the connector needs them. Nothing of them is ever told back.
fn credentials(connector: &Connector, given: BTreeMap<String, String>) -> Result<Credentials, Failure> {
    let known: Vec<String> = connector.secrets().into_iter().flat_map(|(_, names)| names).collect();
    let mut credentials = Credentials::default();
    for (name, text) in given {
        let text = text.trim();
        if text.is_empty() {
            continue;
        }
        if !known.contains(&name) {
            return Err(slip(&format!("{} takes no secret of that name", connector.name()), "Open the form again"));
        }
        if text.len() > LONGEST || text.chars().any(char::is_control) {
            return Err(slip(
                &format!("The secret {name} holds characters that cannot be sent"),
                "Paste it as one line of text",
            ));
        }
        if name == "token" {
            credentials.token = Some(Secret::new(text));
        } else {
            credentials.named.insert(name, Secret::new(text));
        }
    }
    connector.way(&credentials)?;
    Ok(credentials)
}

/// Every host that gets the sign-in was shown, and confirmed.
fn confirmed(given: &[String], wanted: &[String]) -> Result<Vec<String>, Failure> {
    let given: Vec<String> = given.iter().map(|host| host.to_ascii_lowercase()).collect();
    if given.iter().any(|host| !wanted.contains(host)) || wanted.iter().any(|host| !given.contains(host)) {
        let hosts = if wanted.is_empty() { "no other host".to_owned() } else { wanted.join(", ") };
        return Err(slip(
            &format!("This kind of server also sends the sign-in to {hosts}"),
            "Confirm exactly these hosts",
        ));
    }
    Ok(given)
}

fn slip(message: &str, remedy: &str) -> Failure {
    Failure::new(ErrorCode::JobCreationFailed, message).with_remediation(remedy)
}

fn busy(name: &str, what: &str) -> Failure {
    slip(
        &format!("Connection {name} cannot be {what} while exports of it go on"),
        "Wait until they have landed, or cancel them",
    )
}
