// Commands that change what runs or what stands under a name in the store.
#include "app/command_options.hpp"
#include "app/commands.hpp"

namespace cistern::app {
namespace {

void add_yes(CLI::App* app, bool& target) {
  app->add_flag("-y,--yes", target, "Do not ask; needed where nobody can answer.");
}

void add_reload(CLI::App& root, Chosen& chosen) {
  auto* app = root.add_subcommand(
      "reload", "Let the running cistern read its configuration again, and say what changed.");
  app->footer(
      "Components whose values are the same go on untouched; those that changed end and go on "
      "from\n"
      "their position or cursor. A file with mistakes changes nothing. SIGHUP and `systemctl "
      "reload\n"
      "cistern` do the same; secrets and certificates are read again by themselves when their "
      "files\n"
      "change. Exit code 1 when something could not be done.\n\nExample:\n  cistern check && "
      "cistern reload");
  auto options = choose<ReloadCommand>(app, chosen, reload);
  add_configuration(app, options->configuration);
  add_json(app, options->json);
}

void add_connector(CLI::App& root, Chosen& chosen) {
  auto* app =
      root.add_subcommand("connector", "Move or remove what the store knows of a connector.");
  app->require_subcommand(1);
  auto* rename = app->add_subcommand(
      "rename", "Give the position, the ledger and the counts of a connector to its new name.");
  rename->footer(
      "Rename the connector in the configuration first, without restarting, then run this: a "
      "running\n"
      "cistern reads its file again and goes on where the old name stood; without one the store "
      "is\n"
      "changed directly. Events keep the name that they were stored under.\n\nExample:\n  cistern "
      "connector rename contoso-audit contoso");
  auto names = choose<ConnectorCommand>(rename, chosen, connector_rename);
  add_configuration(rename, names->configuration);
  rename->add_option("old", names->name, "Name in the store.")->required()->type_name("OLD");
  rename->add_option("new", names->to, "Name in the configuration.")->required()->type_name("NEW");
  add_yes(rename, names->yes);
  add_json(rename, names->json);
  auto* remove = app->add_subcommand(
      "remove", "Forget the position, the ledger and the counts of a connector; events stay.");
  remove->footer(
      "Remove it from the configuration first. Named again later, it begins like a new one, and "
      "the\n"
      "proof of what it had read is gone.\n\n"
      "What it made at the vendor (an event stream of Cisco Secure Endpoint) is removed there as\n"
      "well, before it is forgotten here; when the vendor refuses, nothing is changed, and the\n"
      "command may be repeated.\n\nExample:\n  cistern connector remove contoso-audit");
  auto name = choose<ConnectorCommand>(remove, chosen, connector_remove);
  add_configuration(remove, name->configuration);
  remove->add_option("name", name->name, "Name in the store.")->required()->type_name("NAME");
  remove->add_flag("--leave-at-vendor", name->leave_at_vendor,
                   "Ask nothing of the vendor: what the connector made there stays.");
  add_yes(remove, name->yes);
  add_json(remove, name->json);
}

void add_destination(CLI::App& root, Chosen& chosen) {
  auto* app = root.add_subcommand("destination", "Give up the place of a removed destination.");
  app->require_subcommand(1);
  auto* forget = app->add_subcommand(
      "forget", "Forget where a destination was, so that the store need not keep events for it.");
  forget->footer(
      "Remove it from the configuration first. What it has not received is not delivered to it "
      "any\n"
      "more; named again later, it begins like a new one.\n\nExample:\n  cistern destination "
      "forget "
      "old-siem");
  auto options = choose<DestinationCommand>(forget, chosen, destination_forget);
  add_configuration(forget, options->configuration);
  forget->add_option("name", options->name, "Name in the store.")->required()->type_name("NAME");
  add_yes(forget, options->yes);
  add_json(forget, options->json);
}

void add_items(CLI::App* app, QuarantineCommand& options) {
  app->add_option("ids", options.ids, "Numbers as in the list.")->type_name("ID");
  app->add_flag("--all", options.all, "All, or with --owner all of one.");
}

void add_quarantine(CLI::App& root, Chosen& chosen) {
  auto* app = root.add_subcommand("quarantine", "What was set aside, by whom, and why.");
  app->require_subcommand(1);
  auto* list = app->add_subcommand(
      "list", "What destinations refused, and what vendors sent that could not be interpreted.");
  list->footer(
      "Nothing of it is lost: an event that a destination refused stands in the store, one that "
      "could\n"
      "not be interpreted was stored as it came and delivered with the reason.\n\nExample:\n  "
      "cistern "
      "quarantine list --json | jq '.set_aside[].reason'");
  auto listed = choose<QuarantineCommand>(list, chosen, quarantine_list);
  add_configuration(list, listed->configuration);
  list->add_option("--owner", listed->owner, "Only this connector or destination.")
      ->type_name("NAME");
  list->add_flag("!--no-problems", listed->problems,
                 "Leave out events that were stored with a problem; finding them reads the store.");
  list->add_option("--most", listed->most, "Events with a problem that are shown, newest last.")
      ->capture_default_str();
  add_json(list, listed->json);
  auto* retry =
      app->add_subcommand("retry", "Hand events to the destination that refused them again.");
  retry->footer(
      "Needs a running cistern. What is taken leaves the list.\n\nExamples:\n  cistern quarantine "
      "retry 17\n  cistern quarantine retry --all --owner siem");
  auto retried = choose<QuarantineCommand>(retry, chosen, quarantine_retry);
  add_configuration(retry, retried->configuration);
  add_items(retry, *retried);
  retry->add_option("--owner", retried->owner, "Only of this destination.")->type_name("NAME");
  add_json(retry, retried->json);
  auto* drop = app->add_subcommand("drop", "Take items off the list without delivering them.");
  drop->footer(
      "Events themselves stay in the store as long as `store.keep` says.\n\nExample:\n  cistern "
      "quarantine drop 17 18");
  auto dropped = choose<QuarantineCommand>(drop, chosen, quarantine_drop);
  add_configuration(drop, dropped->configuration);
  add_items(drop, *dropped);
  drop->add_option("--owner", dropped->owner, "Only of this connector or destination.")
      ->type_name("NAME");
  add_yes(drop, dropped->yes);
  add_json(drop, dropped->json);
}

}  // namespace

void add_change_commands(CLI::App& root, Chosen& chosen) {
  add_reload(root, chosen);
  add_connector(root, chosen);
  add_destination(root, chosen);
  add_quarantine(root, chosen);
}

}  // namespace cistern::app
