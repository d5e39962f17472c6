# The Debian package: `scripts/package`, or `cmake --build build/release --target package`.
include(GNUInstallDirs)
find_program(GZIP gzip)

# Manual pages and completion come from the tables of the program itself.
set(made ${CMAKE_BINARY_DIR}/packaging)
set(man_pages ${made}/cistern.1.gz ${made}/cistern.yaml.5.gz)
set(completion ${made}/cistern.bash)
add_custom_command(OUTPUT ${man_pages} ${completion}
  COMMAND ${CMAKE_COMMAND} -E make_directory ${made}
  COMMAND cistern docs --man ${made}
  COMMAND ${GZIP} -9nf ${made}/cistern.1 ${made}/cistern.yaml.5
  DEPENDS cistern VERBATIM)
add_custom_target(package_files ALL DEPENDS ${man_pages} ${completion})

set(folder ${CMAKE_SOURCE_DIR}/packaging)
install(FILES ${made}/cistern.1.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${made}/cistern.yaml.5.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man5)
install(FILES ${completion} DESTINATION share/bash-completion/completions RENAME cistern)
install(FILES ${folder}/cistern.service DESTINATION lib/systemd/system)
install(FILES ${folder}/cistern.yaml DESTINATION /etc/cistern)
install(FILES ${folder}/debian/copyright ${CMAKE_SOURCE_DIR}/README.md ${CMAKE_SOURCE_DIR}/docs/install.md
              ${CMAKE_SOURCE_DIR}/docs/reliability.md DESTINATION share/doc/cistern)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/examples DESTINATION share/doc/cistern)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGE_CONTACT "the cistern authors <cistern@package.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "collects security logs of cloud products, each event exactly once")
set(CPACK_PACKAGE_DESCRIPTION
"cistern reads the security logs of the cloud products a company pays for,
keeps every event exactly once in a store of its own, normalises it to ECS
and delivers it to any SIEM, with proof that nothing is missing.")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "adduser, ca-certificates")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  ${folder}/debian/postinst ${folder}/debian/prerm ${folder}/debian/postrm ${folder}/debian/conffiles)
include(CPack)
