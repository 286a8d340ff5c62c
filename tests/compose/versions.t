# The same files with every version of PostgreSQL that they are meant for: up, a failover and back,
# a copy, down.
use strict;
use warnings;

use ComposeLab;
use Test::More;

# Of all versions those whose image is here; those of POSTGRES_VERSIONS are pulled.
my $wanted = $ENV{POSTGRES_VERSIONS};

sub has_image
{
	my ($lab, $image) = @_;
	return defined $lab->docker('image', 'inspect', '-f', '{{.Id}}', $image)
	  || defined $wanted && defined $lab->docker('pull', '--quiet', $image);
}

for my $version (split ' ', $wanted // '13 14 15 16 18')
{
	my $lab = ComposeLab->new(env => { POSTGRES_IMAGE => "postgres:$version" });
	subtest "postgres:$version" => sub {
		unless (has_image($lab, "postgres:$version"))
		{
			ok(!defined $wanted, "there is no image postgres:$version here");
			return;
		}
		$lab->ok_compose("$version: up --build", 'up', '--build', '-d', '--wait');
		like($lab->sql('primary', 'SHOW server_version'), qr/^$version\./, 'the version');
		$lab->ok_whole('primary', 'two standbys stream');
		$lab->ok_row('primary', 'first');
		my $lab_of = sub { $lab->sql($_[0], "SELECT current_setting('pgwatch_tui.lab', true)") };
		like(my $uuid = $lab_of->('primary'), qr/^[0-9a-f-]{36}$/, 'the lab has a mark');

		$lab->ok_compose('kill', 'kill', 'primary');
		is($lab->sql('replica1', 'SELECT pg_promote()'), 't', 'replica1 is promoted');
		$lab->ok_compose('start', 'start', 'primary');
		$lab->ok_whole('replica1', 'the old primary is a standby');
		$lab->ok_row('replica1', 'second');

		$lab->ok_compose('stop', 'stop', 'primary', 'replica2');
		$lab->sql('replica1', 'SET synchronous_commit = local; CREATE TABLE alone ()');
		$lab->ok_compose('kill', 'kill', 'replica1');
		my $end = '^2 [0-9A-F]+/[0-9A-F]+$';
		$lab->compose('run', '--rm', '--no-deps', '-T', 'replica1', 'end');
		like($lab->{output}, qr/$end/m, 'where the WAL of a dead node ends');
		$lab->ok_compose('start the others', 'up', '-d', '--wait', 'primary', 'replica2');
		is($lab->sql('primary', 'SELECT pg_promote()'), 't', 'the primary is promoted');
		$lab->ok_compose('start', 'start', 'replica1');
		$lab->ok_whole('primary', 'who has WAL that nobody has is a standby');
		is($lab->sql('replica1', "SELECT to_regclass('alone') IS NULL"), 't', '... and has it no more');
		is($lab_of->($_), $uuid, "$_ is of the same lab") for @ComposeLab::nodes;

		$lab->ok_compose('down and up', @$_) for [ 'down' ], [ 'up', '-d', '--wait' ];
		$lab->ok_whole('primary', 'whole');
		is($lab->rows($_), 2, "$_ has both rows") for @ComposeLab::nodes;
		$lab->ok_volumes;
		$lab->ok_compose('down --volumes', 'down', '--volumes');
		is_deeply([ $lab->left ], [], 'nothing is left');
	};
	$lab->destroy;
}

done_testing();
