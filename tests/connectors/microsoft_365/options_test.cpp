// The options of a connector: what is refused with which cure, and what the values become.
#include "connectors/microsoft_365/options.hpp"

#include "config/loader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::connectors::microsoft_365::test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view kGood = R"(
      tenant: contoso.onmicrosoft.com
      client_id: a6099727-0000-4000-8000-509acc563000
      client_secret: ${env:SECRET}
)";

struct Read {
  config::Loaded loaded;
  [[nodiscard]] std::vector<std::string> problems() const {
    std::vector<std::string> out;
    for (const config::Problem& problem : loaded.problems) {
      out.push_back(problem.what + " | " + problem.next_step);
    }
    return out;
  }
  [[nodiscard]] const config::Values& values() const {
    return loaded.configuration.connectors.at(0).values;
  }
};

Read read(std::string_view options, std::string secret = "Xy8Q~example") {
  config::Schema schema;
  schema.connectors.push_back({.name = "microsoft_365",
                               .summary = "test",
                               .options = option_table(),
                               .check = check_options});
  config::SecretSources sources;
  sources.environment = [secret](const std::string&) { return std::optional{secret}; };
  sources.read_file = [](const std::string& path) -> Result<std::string> {
    return "text of " + path;
  };
  const std::string text =
      "connectors:\n  audit:\n      type: microsoft_365\n" + std::string(options);
  return {config::load(text, "cistern.yaml", schema, sources)};
}

Result<std::string> file(const std::string& path) {
  return "text of " + path;
}

TEST(Options, DefaultsAreTheVendorsLimits) {
  const Read good = read(kGood);
  ASSERT_THAT(good.problems(), IsEmpty());
  const auto settings = make_settings(good.values(), file);
  ASSERT_TRUE(settings.has_value());
  EXPECT_EQ(settings->machine.manage_url, "https://manage.office.com");
  EXPECT_EQ(settings->entra.login_url, "https://login.microsoftonline.com");
  EXPECT_EQ(settings->entra.resource, settings->machine.manage_url);
  EXPECT_EQ(settings->machine.content_types.size(), 5U);
  EXPECT_FALSE(settings->machine.dlp_required);
  EXPECT_EQ(settings->machine.poll_interval, std::chrono::minutes{1});
  EXPECT_EQ(settings->machine.backfill, std::chrono::hours{24 * 7});
  EXPECT_EQ(settings->machine.max_blob, 100ULL << 20);
  EXPECT_TRUE(std::holds_alternative<Secret>(settings->entra.credential));
}

TEST(Options, EachCloudHasItsHosts) {
  const Read high = read(std::string(kGood) + "      cloud: gcc_high\n");
  const auto settings = make_settings(high.values(), file);
  EXPECT_EQ(settings->machine.manage_url, "https://manage.office365.us");
  EXPECT_EQ(settings->machine.login_url, "https://login.microsoftonline.us");
  const Read lab = read(std::string(kGood) + "      manage_url: http://127.0.0.1:8080/\n");
  ASSERT_THAT(lab.problems(), IsEmpty());
  EXPECT_EQ(make_settings(lab.values(), file)->machine.manage_url, "http://127.0.0.1:8080");
}

TEST(Options, DlpNamedByTheUserIsRequired) {
  const Read named = read(std::string(kGood) + "      content_types: [Audit.Exchange, DLP.All]\n");
  const auto settings = make_settings(named.values(), file);
  EXPECT_THAT(settings->machine.content_types, ElementsAre("Audit.Exchange", "DLP.All"));
  EXPECT_TRUE(settings->machine.dlp_required);
}

TEST(Options, ACertificateMayHoldItsKey) {
  const Read read_values = read(R"(
      tenant: contoso.onmicrosoft.com
      client_id: a6099727-0000-4000-8000-509acc563000
      certificate: /etc/cistern/both.pem
      assertion: rs256
)");
  ASSERT_THAT(read_values.problems(), IsEmpty());
  const auto settings = make_settings(read_values.values(), file);
  const auto& certificate = std::get<net::ClientCertificate>(settings->entra.credential);
  EXPECT_EQ(certificate.algorithm, net::AssertionAlgorithm::rs256);
  EXPECT_TRUE(certificate.private_key_pem.use(
      [](std::string_view text) { return text == "text of /etc/cistern/both.pem"; }));
  const auto unreadable = [](const std::string& path) -> Result<std::string> {
    return fail_stop("file/missing", path + " does not exist", "create it");
  };
  EXPECT_EQ(make_settings(read_values.values(), unreadable).error().code, "file/missing");
}

TEST(Options, TheIdOfASecretIsSeenBeforeAnyRequest) {
  const auto no_file = [](const std::string& path) -> Result<std::string> {
    return fail_stop("file/missing", path, "create it");
  };
  EXPECT_TRUE(verify_files(read(kGood).values(), no_file, TimePoint{}).has_value());
  const Read wrong = read(kGood, "a6099727-0000-4000-8000-509acc563000");
  EXPECT_THAT(wrong.problems(), IsEmpty());
  const Status verified = verify_files(wrong.values(), no_file, TimePoint{});
  ASSERT_FALSE(verified.has_value());
  EXPECT_EQ(verified.error().code, "entra/secret-id");
  EXPECT_THAT(verified.error().next_step, HasSubstr("Value"));
}

TEST(Options, MistakesAreNamedWithTheirCure) {
  const std::string two = std::string(kGood) + "      certificate: /etc/cistern/both.pem\n";
  EXPECT_THAT(read(two).problems(), Contains(HasSubstr("both 'client_secret' and 'certificate'")));
  const std::string none =
      "      tenant: contoso.com\n      client_id: a6099727-0000-4000-8000-509acc563000\n";
  EXPECT_THAT(read(none).problems(),
              Contains(HasSubstr("neither 'client_secret' nor 'certificate'")));
  EXPECT_THAT(read(std::string(kGood) + "      manage_url: http://manage.office.com\n").problems(),
              Contains(HasSubstr("without encryption")));
  EXPECT_THAT(
      read(std::string(kGood) + "      login_url: https://login.example.com/path\n").problems(),
      Contains(HasSubstr("without a path")));
  EXPECT_THAT(read(std::string(kGood) + "      publisher_identifier: contoso\n").problems(),
              Contains(HasSubstr("not a GUID")));
  const std::string wrong =
      "      tenant: contoso\n      client_id: app\n      client_secret: ${env:SECRET}\n";
  EXPECT_THAT(read(wrong).problems(), Contains(HasSubstr("neither a GUID nor a domain name")));
  EXPECT_THAT(read(wrong).problems(), Contains(HasSubstr("'client_id' is not a GUID")));
  EXPECT_THAT(read(std::string(kGood) + "      tenant_names: {contoso: Contoso}\n").problems(),
              Contains(HasSubstr("in 'tenant_names' is not a GUID")));
}

TEST(Options, TheViewReadsNamesByLowerCaseGuid) {
  const Read names = read(std::string(kGood) +
                          "      tenant_names: {A6099727-0000-4000-8000-509ACC563000: Contoso}\n"
                          "      redact_detected_values: false\n");
  const ecs::ViewOptions view = make_view_options(names.values());
  EXPECT_EQ(view.tables.at("tenant_names").at("a6099727-0000-4000-8000-509acc563000"), "Contoso");
  EXPECT_EQ(view.texts.at("redact_detected_values"), "false");
}

// ---- the webhook ----

std::string with_webhook(const std::string& more) {
  return std::string(kGood) + "      webhook_url: https://collector.example.com/o365/contoso\n" +
         "      webhook_auth_id: ${env:SECRET}\n" + more;
}

TEST(WebhookOptionsTest, BehindAProxyThePathOfThePublicAddressIsListenedFor) {
  const Read good = read(with_webhook("      webhook_behind_proxy: true\n"));
  ASSERT_THAT(good.problems(), IsEmpty());
  const auto settings = make_settings(good.values(), file);
  ASSERT_TRUE(settings.has_value()) << settings.error().sentence();
  ASSERT_TRUE(settings->webhook.has_value());
  EXPECT_EQ(settings->webhook->address, "127.0.0.1");
  EXPECT_EQ(settings->webhook->port, 8443);
  EXPECT_EQ(settings->webhook->path, "/o365/contoso");
  EXPECT_FALSE(settings->webhook->certificate.has_value());
  EXPECT_EQ(settings->machine.webhook->address, "https://collector.example.com/o365/contoso");
  EXPECT_EQ(settings->machine.webhook->lifetime, std::chrono::hours{72});
}

TEST(WebhookOptionsTest, WithoutAnAddressThereIsNone) {
  const auto settings = make_settings(read(kGood).values(), file);
  ASSERT_TRUE(settings.has_value());
  EXPECT_FALSE(settings->webhook.has_value());
  EXPECT_FALSE(settings->machine.webhook.has_value());
}

TEST(WebhookOptionsTest, WhatCannotWorkIsNamedWithItsCure) {
  const struct {
    std::string options;
    const char* problem;
  } cases[] = {
      {with_webhook(""), "neither 'webhook_certificate' nor 'webhook_behind_proxy'"},
      {with_webhook("      webhook_behind_proxy: true\n      webhook_listen: 0.0.0.0:80\n"),
       "without TLS from other machines"},
      {with_webhook("      webhook_behind_proxy: true\n      webhook_certificate: a.pem\n"),
       "both 'webhook_certificate' and 'webhook_behind_proxy'"},
      {with_webhook("      webhook_behind_proxy: true\n      webhook_listen: nonsense\n"),
       "not an address and port"},
      {std::string(kGood) + "      webhook_auth_id: ${env:SECRET}\n", "without 'webhook_url'"},
      {std::string(kGood) +
           "      webhook_url: https://a.example/\n      webhook_behind_proxy: true\n",
       "no 'webhook_auth_id'"},
      {std::string(kGood) + "      webhook_url: http://a.example/\n      webhook_auth_id: "
                            "${env:SECRET}\n      webhook_behind_proxy: true\n",
       "not an address of the form https://host/path"},
      {std::string(kGood) + "      webhook_url: https://a.example/?x=1\n      webhook_auth_id: "
                            "${env:SECRET}\n      webhook_behind_proxy: true\n",
       "not an address of the form https://host/path"},
  };
  for (const auto& one : cases) {
    const Read bad = read(one.options);
    EXPECT_THAT(bad.problems(), Contains(HasSubstr(one.problem))) << one.options;
  }
}

TEST(WebhookOptionsTest, AnAuthIdThatAnybodyCouldGuessAndABadCertificateAreRefused) {
  const TimePoint now = parse_time("2026-03-10T12:00:00Z").value();
  const std::string behind = with_webhook("      webhook_behind_proxy: true\n");
  EXPECT_TRUE(verify_files(read(behind, "0123456789abcdefg").values(), file, now).has_value());
  const auto guessed = verify_files(read(behind, "short").values(), file, now);
  ASSERT_FALSE(guessed.has_value());
  EXPECT_EQ(guessed.error().code, "microsoft_365/webhook-auth-id");
  const auto unreadable = verify_files(
      read(with_webhook("      webhook_certificate: a.pem\n"), "0123456789abcdefg").values(), file,
      now);
  ASSERT_FALSE(unreadable.has_value());
  EXPECT_THAT(unreadable.error().code, HasSubstr("net/"));
}

}  // namespace
}  // namespace cistern::connectors::microsoft_365::test
