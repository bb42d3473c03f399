//! Connectors from outside: the contract suite over every built-in one, what a mistake in a file looks like, what
//! hostile files and answers do, and whether the reference tells the truth.

mod asking;
mod bench;
mod contract;
mod editor;
mod following;
mod gallery;
mod hostile;
mod mistakes;
mod orders;
mod outside;
mod reading;
mod reference;
mod results;
mod sign_in;
mod submitting;
mod wishes;
