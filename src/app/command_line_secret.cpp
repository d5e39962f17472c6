// Secrets that stand sealed in the store.
#include "app/command_options.hpp"
#include "app/commands.hpp"

namespace cistern::app {
namespace {

void add_name(CLI::App* app, std::string& target) {
  app->add_option("name", target, "Name, as in ${sealed:NAME}.")->required()->type_name("NAME");
}

}  // namespace

void add_secret_commands(CLI::App& root, Chosen& chosen) {
  auto* app = root.add_subcommand("secret", "Keep passwords and keys sealed beside the events.");
  app->require_subcommand(1);
  auto* set = app->add_subcommand("set", "Seal a secret under a name, or exchange it.");
  set->footer(
      "Reads the secret from standard input (one line break at its end is cut); on a terminal it\n"
      "asks, and shows nothing. The configuration names it as ${sealed:NAME}; a running cistern\n"
      "takes an exchanged one up within seconds, without a restart.\n\n"
      "It is sealed with AES-256-GCM under a key that does not stand in the store: the systemd\n"
      "credential `cistern-sealing-key`, else a file beside the store's folder (for\n"
      "/var/lib/cistern that is /var/lib/cistern-keys/sealing.key), made at the first use. Who\n"
      "copies the store alone reads no secret. Where the service gets the key as a credential,\n"
      "name its file with --key-file here.\n\nExamples:\n"
      "  cistern secret set endpoint-api-key\n"
      "  pass show cisco/endpoint | cistern secret set endpoint-api-key\n"
      "  cistern secret set endpoint-api-key --file key.txt");
  auto options = choose<SecretCommand>(set, chosen, secret_set);
  add_configuration(set, options->configuration);
  add_name(set, options->name);
  set->add_option("--file", options->file, "File that holds the secret.")->type_name("FILE");
  set->add_option("--key-file", options->key_file, "File with the key that seals.")
      ->type_name("FILE");
  add_json(set, options->json);
  auto* list = app->add_subcommand("list", "Names of the sealed secrets, and who uses them.");
  list->footer("Shows no secret.\n\nExample:\n  cistern secret list");
  auto listed = choose<SecretCommand>(list, chosen, secret_list);
  add_configuration(list, listed->configuration);
  add_json(list, listed->json);
  auto* remove = app->add_subcommand("remove", "Remove a sealed secret.");
  remove->footer(
      "A running connector that uses it goes on with what it has read, until it is started "
      "again.\n\nExample:\n  cistern secret remove endpoint-api-key");
  auto removed = choose<SecretCommand>(remove, chosen, secret_remove);
  add_configuration(remove, removed->configuration);
  add_name(remove, removed->name);
  add_json(remove, removed->json);
}

}  // namespace cistern::app
