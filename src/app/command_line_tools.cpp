// Commands beside the collecting: the service, the pages made from the code.
#include "app/command_options.hpp"
#include "app/commands.hpp"

#include <utility>

namespace cistern::app {
namespace {

void add_service(CLI::App& root, Chosen& chosen) {
  auto* app = root.add_subcommand(
      "service", "Install this program as a systemd service, without the Debian package.");
  app->require_subcommand(1);
  auto* install = app->add_subcommand(
      "install",
      "Make user, folders and unit, copy this program to /usr/local/bin, and an example "
      "configuration where there is none.");
  install->footer(
      "Run it again with a newer program to upgrade. A configuration is never overwritten; a unit "
      "that differs\nis kept beside the new one as cistern.service.old (changes belong into a "
      "drop-in: systemctl edit cistern).\n\nExamples:\n  cistern service install --dry-run\n"
      "  sudo ./cistern service install");
  auto install_options = choose<ServiceCommand>(install, chosen, service_install);
  auto* uninstall =
      app->add_subcommand("uninstall", "Stop the service, remove its unit and its program.");
  uninstall->footer(
      "Configuration, store, outputs and user stay, so that a later install goes on where this one "
      "stopped.\n\nExample:\n  sudo cistern service uninstall");
  auto uninstall_options = choose<ServiceCommand>(uninstall, chosen, service_uninstall);
  for (auto& [command, options] :
       {std::pair{install, install_options.get()}, std::pair{uninstall, uninstall_options.get()}}) {
    command->add_flag("--dry-run", options->dry_run, "Change nothing; print every step.");
    command
        ->add_option("--root", options->root,
                     "Folder that is taken as the root of the system, for an image.")
        ->type_name("FOLDER");
  }
  uninstall->add_flag("--purge", uninstall_options->purge,
                      "Also erase configuration, store and outputs, and remove the user.");
}

void add_docs(CLI::App& root, Chosen& chosen) {
  auto* app = root.add_subcommand("docs", "Write the reference pages that are made from the code.");
  app->footer(
      "Examples:\n  cistern docs --out docs/reference\n  cistern docs --out docs/reference "
      "--compare\n  cistern docs --schema > cistern.schema.json");
  auto options = choose<DocsCommand>(app, chosen, docs);
  app->add_option("--out", options->folder,
                  "Folder for the pages; without it their names are listed.")
      ->type_name("FOLDER");
  app->add_flag("--compare", options->compare,
                "Write nothing; exit 1 when a page in the folder differs.");
  app->add_flag("--schema", options->schema,
                "Print the JSON Schema of the configuration file, for editors.");
  app->add_option("--man", options->manual,
                  "Write the manual pages cistern.1 and cistern.yaml.5 and the completion "
                  "cistern.bash into this folder, for packages.")
      ->type_name("FOLDER");
}

}  // namespace

void add_tool_commands(CLI::App& root, Chosen& chosen) {
  add_lab_commands(root, chosen);
  add_service(root, chosen);
  add_docs(root, chosen);
}

}  // namespace cistern::app
