#include "config/secret_reader.hpp"

#include "config/mapping.hpp"

namespace cistern::config {
namespace {

constexpr std::string_view kForms =
    "write ${env:NAME}, ${file:PATH}, ${credential:NAME} or ${sealed:NAME}";

/// `named` is the text in the file that names the secret. It is shown only when it can be a name:
/// in `${env:NAME:-value}`, which some programs take, stands the secret itself.
void fetch(const Option& option, const SecretReference& reference, const YamlNode& named, Mark mark,
           const ReadContext& context, Values::Value& value) {
  auto fetched = fetch_secret(reference, context.secrets, {context.folder, context.store});
  if (fetched || fetched.error().code != "config/secret-name") context.source.show(named);
  if (!fetched) {
    context.findings.error(mark,
                           "no secret for " + quoted(option.name) + ": " + fetched.error().cause,
                           fetched.error().next_step);
    return;
  }
  value.secret = std::move(fetched->secret);
  value.file = std::move(fetched->file);
}

void read_text_form(const Option& option, const YamlNode& node, const ReadContext& context,
                    Values::Value& value) {
  switch (secret_form(node.text)) {
    case SecretForm::reference:
      fetch(option, parse_secret_reference(node.text), node, node.mark, context, value);
      return;
    case SecretForm::malformed:
      context.findings.error(
          node.mark,
          quoted(option.name) +
              " holds a reference that cannot be followed; it must be the whole value",
          std::string{kForms} +
              " and nothing before or after it; a secret that itself contains ${ must stand in a "
              "file");
      return;
    case SecretForm::plain:
      break;
  }
  if (node.text.empty()) {
    context.findings.error(node.mark, "the secret " + quoted(option.name) + " is empty",
                           std::string{kForms});
    return;
  }
  context.findings.warning(
      node.mark,
      "the secret " + quoted(option.name) +
          " stands in the configuration file, where everyone who may read the file sees it",
      std::string{kForms} + " instead");
  value.secret = Secret{node.text};
}

/// `{env: NAME}`. The provider's name is shown only when it is one: without a value it may be a
/// secret that somebody put between brackets.
void read_mapping_form(const Option& option, const YamlNode& node, const ReadContext& context,
                       Values::Value& value) {
  const bool one_pair =
      node.items.size() == 2 && node.items[0].is_scalar() && node.items[1].is_scalar();
  if (!one_pair || !is_secret_provider(node.items[0].text) || node.items[1].text.empty()) {
    context.findings.error(node.mark,
                           quoted(option.name) + " does not say where the secret comes from",
                           "write {env: NAME}, {file: PATH}, {credential: NAME} or {sealed: NAME}");
    return;
  }
  context.source.show(node.items[0]);
  fetch(option, {node.items[0].text, node.items[1].text}, node.items[1], node.mark, context, value);
}

}  // namespace

void read_secret(const Option& option, const YamlNode& node, const ReadContext& context,
                 Values::Value& value) {
  if (node.is_scalar()) {
    read_text_form(option, node, context, value);
  } else if (node.is_mapping()) {
    read_mapping_form(option, node, context, value);
  } else {
    context.findings.error(node.mark, quoted(option.name) + " must be one secret and not a list",
                           std::string{kForms});
  }
}

}  // namespace cistern::config
